"""Prompts and what is in them."""
