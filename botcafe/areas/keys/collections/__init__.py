"""The collections of keys."""
