"""Erasing an account with everything that is its owner's (decision 0110)."""
