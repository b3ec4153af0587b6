"""Server-sent events of running replies."""
