"""Documents: files and web pages that become lore entries."""
