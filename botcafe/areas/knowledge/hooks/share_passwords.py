"""Stores share passwords as hashes."""

from django.contrib.auth.hashers import make_password

from botcafe.cms.schema.collection import Change

MAX_CHARACTERS = 10_000
GROUPS = ("privacy_settings", "sharing_settings")


def hash_share_password(change: Change) -> None:
    """Replace a share password by its hash, before the transaction; once for all rows of a bulk update."""
    for group in GROUPS:
        column, given = f"{group}_share_password", change.given.get(group)
        plain = change.values.get(column, given.get("share_password") if isinstance(given, dict) else None)
        # A text that is too long is refused when the document is read.
        if hasattr(change.collection.model, column) and isinstance(plain, str) and 0 < len(plain) <= MAX_CHARACTERS:
            # People reuse passwords, and whoever reads a database must not learn them.
            change.values[column] = make_password(plain)
