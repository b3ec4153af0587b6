"""Embedders, bundled and remote."""
