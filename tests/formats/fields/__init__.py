"""Fields of untrusted files."""
