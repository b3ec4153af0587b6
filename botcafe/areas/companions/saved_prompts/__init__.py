"""Saved prompts: texts that are kept for the composer."""
