"""The collections' room."""
