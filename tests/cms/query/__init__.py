"""Queries of the collections."""
