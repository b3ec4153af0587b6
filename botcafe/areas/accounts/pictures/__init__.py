"""Small copies of uploaded pictures."""
