"""Tests of bots, chats, personas and presets."""
