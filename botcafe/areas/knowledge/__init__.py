"""The knowledge area."""
