"""Ranking and words."""
