"""Pages that share bots and chats with people."""
