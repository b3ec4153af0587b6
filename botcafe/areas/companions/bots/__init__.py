"""Bots: cards, versions, visibility and what people do with them."""
