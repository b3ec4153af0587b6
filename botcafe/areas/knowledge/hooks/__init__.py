"""Hooks of the knowledge collections."""
