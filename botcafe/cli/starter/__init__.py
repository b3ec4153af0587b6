"""What a new café begins with: the files, and what loads them."""
