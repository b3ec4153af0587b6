"""Asking for an account to be erased."""
