"""Messages of a chat: the tree and its branches, edits, trash and full-text search."""
