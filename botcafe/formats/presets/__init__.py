"""Presets in every format."""
