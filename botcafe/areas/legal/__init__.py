"""The legal area."""
