"""Tests of the botcafe command."""
