"""Summaries of chats."""
