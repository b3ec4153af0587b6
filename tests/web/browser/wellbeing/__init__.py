"""Wellbeing in a browser."""
