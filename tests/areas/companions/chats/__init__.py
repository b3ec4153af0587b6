"""Chats and their settings."""
