"""SQL of both databases and prepared statements."""
