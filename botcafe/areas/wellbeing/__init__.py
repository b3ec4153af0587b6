"""The wellbeing area."""
