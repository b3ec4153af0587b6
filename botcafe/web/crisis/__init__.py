"""Help in a crisis: the page that anybody can open, and what the café does."""
