"""Parts of presets."""
