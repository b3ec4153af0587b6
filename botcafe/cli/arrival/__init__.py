"""Old databases come in: what a Payload installation left behind, read from its SQLite file."""
