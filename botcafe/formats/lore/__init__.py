"""Lorebooks in every format."""
