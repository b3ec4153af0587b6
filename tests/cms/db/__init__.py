"""Tests of what the engine asks of the database."""
