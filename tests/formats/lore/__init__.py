"""Lorebooks of every app, read and written."""
