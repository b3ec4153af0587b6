"""Chat files in every format."""
