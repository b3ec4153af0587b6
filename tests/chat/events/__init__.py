"""Events for those who watch."""
