"""Personas: who a person is in a chat."""
