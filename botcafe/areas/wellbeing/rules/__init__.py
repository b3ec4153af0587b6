"""What the laws of a place ask of a café: one table, and what follows from it for a person on a day."""
