"""Chats of other apps."""
