"""Finding by words and by meaning: chunks, vectors, the word index, search, and which lore is activated."""
