"""Character cards in every format."""
