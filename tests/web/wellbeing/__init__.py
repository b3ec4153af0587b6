"""Pages of wellbeing."""
