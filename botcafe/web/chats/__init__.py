"""Pages of chats: the chat itself, its list, branches, trash and prompt inspector."""
