"""The botcafe command."""
