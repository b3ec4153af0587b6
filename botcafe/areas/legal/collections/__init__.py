"""The collections of legal."""
