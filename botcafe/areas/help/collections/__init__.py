"""The collections of help."""
