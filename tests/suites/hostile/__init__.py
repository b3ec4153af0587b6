"""What no client of good will sends."""
