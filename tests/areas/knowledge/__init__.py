"""Tests of lore, documents and memories."""
