"""Turns of a chat: requests, who speaks, queued replies, and everything a reply is made of."""
