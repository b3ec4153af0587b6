"""Help as a browser shows it."""
