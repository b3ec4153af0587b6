"""Tests of the import from a Payload database."""
