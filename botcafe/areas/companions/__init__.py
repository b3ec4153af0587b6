"""The companions area."""
