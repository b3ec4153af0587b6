"""The pages of one's own: personas, presets, access, usage."""
