"""Requests of the collections."""
