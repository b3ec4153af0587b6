"""Memories: edit, merge, export and promotion to lore."""
