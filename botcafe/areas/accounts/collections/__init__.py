"""The collections of accounts."""
