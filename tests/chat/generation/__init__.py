"""Replies and their calls."""
