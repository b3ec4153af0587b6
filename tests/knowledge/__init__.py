"""Documents, shares with passwords, collaborators."""
