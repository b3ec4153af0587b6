"""The collections of wellbeing."""
