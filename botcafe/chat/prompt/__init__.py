"""The prompt of a turn: sections, lore, recall and packing."""
