"""Zips of many files, and groups."""
