"""Chats: the message tree, participants, settings, generations and search."""
