"""The collections of companions."""
