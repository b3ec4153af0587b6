"""Lorebooks: import, export, sharing, compiled keys and reasons."""
