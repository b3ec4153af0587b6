"""Leaving: an account that is to be erased, from the wish to the day (decision 0110)."""
