"""What concerns reading: colours, the reading settings, the list of chats."""
