"""The collections of billing."""
