"""Summaries of chats: when they are due and how they are written."""
