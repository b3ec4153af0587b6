"""Pages of presets."""
