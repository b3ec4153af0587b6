"""The files that entries were made of, kept as they came.

A key alone opens a file, and clients may write any key into a row of theirs; so a row also carries a seal of owner and
key, and only a key with the right seal is read or deleted. No table is imported here, as the tables use the hooks.
"""

import hmac
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils.crypto import salted_hmac

from botcafe.cms.schema.collection import Change
from botcafe.gateways.storage import storage

SALT = "botcafe.knowledge.original"


def seal_of(user_id: int, key: str) -> str:
    """Proof that this owner's own upload is kept under the key."""
    return salted_hmac(SALT, f"{user_id}:{key}", algorithm="sha256").hexdigest()


def key_of(user_id: int | None, key: str | None, origin: Any) -> str | None:
    """The key of the original that a row really has, or None."""
    seal = origin.get("seal") if isinstance(origin, dict) else None
    if not user_id or not key or not isinstance(seal, str):
        return None
    return key if hmac.compare_digest(seal.encode("utf8", "replace"), seal_of(user_id, key).encode()) else None


def original_of(row: Any) -> bytes:
    """The bytes that an entry was made of. Raises KeyError where there are none."""
    key = key_of(row.user_id, row.r2_file_key, row.origin)
    if key is None:
        raise KeyError(row.pk)
    return storage().get(key)


def forget_original(change: Change) -> None:
    """Hook after an entry is deleted: its original goes once that is committed."""
    before = change.before or {}
    _forget([(before.get("user_id"), before.get("r2_file_key"), before.get("origin"))])


def forget_originals(change: Change) -> None:
    """Hook before a collection is deleted: the originals of its entries go with it."""
    rows = apps.get_model("knowledge", "Knowledge").objects.filter(knowledge_collection=change.row_id)
    _forget(rows.exclude(r2_file_key=None).values_list("user_id", "r2_file_key", "origin"))


def _forget(rows: Iterable[tuple[Any, Any, Any]]) -> None:
    for row in rows:
        key = key_of(*row)
        if key is not None:
            transaction.on_commit(partial(storage().delete, key), robust=True)
