"""Options of the command."""
