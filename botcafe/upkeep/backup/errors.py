"""Why a backup cannot be made, read or restored."""


class BackupError(Exception):
    """In words for people; nothing was changed, and nothing left behind."""
