"""Stores share passwords as hashes."""

from django.contrib.auth.hashers import make_password

from botcafe.cms.schema.collection import Change

COLUMNS = ("privacy_settings_share_password", "sharing_settings_share_password")


def hash_share_password(change: Change) -> None:
    """Replace a share password by its hash before it is written."""
    for column in COLUMNS:
        plain = change.values.get(column)
        if isinstance(plain, str) and plain:
            # People reuse passwords, and whoever reads a database must not learn them.
            change.values[column] = make_password(plain)
