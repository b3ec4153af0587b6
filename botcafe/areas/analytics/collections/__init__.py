"""The collections of analytics."""
