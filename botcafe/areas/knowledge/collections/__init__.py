"""The collections of knowledge."""
