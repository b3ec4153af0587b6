"""Tests of search and the message index."""
