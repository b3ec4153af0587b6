"""Limits of ones own at the doors of a running server."""
