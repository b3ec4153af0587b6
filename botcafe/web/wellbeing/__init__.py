"""Pages of wellbeing: limits of one’s own, and the mood journal."""
