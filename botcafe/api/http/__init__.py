"""Requests, responses and server-sent events of the API."""
