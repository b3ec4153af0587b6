"""Declarations of collections, their fields, rules and errors."""
