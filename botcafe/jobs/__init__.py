"""Work that starts after commit."""
