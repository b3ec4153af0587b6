"""Backups: made while the café serves, checked, and restored whole or not at all."""
