"""Macros of cards, lore and notes."""
