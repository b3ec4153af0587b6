"""How messages are read in a real browser."""
