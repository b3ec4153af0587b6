"""Turns and who takes them."""
