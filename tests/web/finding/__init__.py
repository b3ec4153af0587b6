"""Finding one's way: home, the list of bots, search."""
