"""The original files of document entries.

No table is imported here, as the tables use the hooks.
"""

import hmac
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils.crypto import salted_hmac

from botcafe.cms.schema.collection import Change
from botcafe.gateways.storage import StoredColumn, declare_stored, storage

SALT = "botcafe.knowledge.original"


def seal_of(user_id: int, key: str) -> str:
    """The signature that proves that this owner uploaded the file under the key."""
    # Clients may write any key into a row of theirs, and a key alone opens a file: only a signed key is read or
    # deleted.
    return salted_hmac(SALT, f"{user_id}:{key}", algorithm="sha256").hexdigest()


def key_of(user_id: int | None, key: str | None, origin: object) -> str | None:
    """The storage key of a row's original file; None where the signature does not fit."""
    seal = origin.get("seal") if isinstance(origin, dict) else None
    if not user_id or not key or not isinstance(seal, str):
        return None
    return key if hmac.compare_digest(seal.encode("utf8", "replace"), seal_of(user_id, key).encode()) else None


def original_of(row: Any) -> bytes:
    """The original file of an entry. Raises KeyError where there is none."""
    key = key_of(row.user_id, row.r2_file_key, row.origin)
    if key is None:
        raise KeyError(row.pk)
    return storage().get(key)


def forget_original(change: Change) -> None:
    """Hook after an entry is deleted: delete its original file on commit."""
    before = change.before or {}
    _forget([(before.get("user_id"), before.get("r2_file_key"), before.get("origin"))])


def forget_originals(change: Change) -> None:
    """Hook before a collection is deleted: delete the original files of its entries on commit."""
    rows = apps.get_model("knowledge", "Knowledge").objects.filter(knowledge_collection=change.row_id)
    _forget(rows.exclude(r2_file_key=None).values_list("user_id", "r2_file_key", "origin"))


def _forget(rows: Iterable[tuple[Any, Any, Any]]) -> None:
    for row in rows:
        key = key_of(*row)
        if key is not None:
            storage().expect_deletion()
            # After the commit, as a file cannot be rolled back; robust, so that one missing file does not keep the
            # others.
            transaction.on_commit(partial(storage().delete, key), robust=True)


def is_original(key: str, user_id: int | None, origin: object) -> bool:
    """Whether a row's key is that of a file that its owner brought; clients may write any other."""
    return key_of(user_id, key, origin) is not None


declare_stored(StoredColumn("knowledge.Knowledge", "r2_file_key", ("user_id", "origin"), is_original))
