"""Looking after an installation: backups, and the checks of the doctor. Only the command calls it."""
