"""Presets: sampling settings and prompts to use again."""
