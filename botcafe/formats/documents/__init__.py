"""Documents as plain text."""
