"""The collections of creators."""
