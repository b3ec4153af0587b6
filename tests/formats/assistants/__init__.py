"""Chats of assistants."""
