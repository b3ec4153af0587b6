"""Recognises a file that an account has imported before, by its bytes, as long as what came of it is still there."""

import hashlib
from typing import cast

from botcafe.areas.companions.collections.file_import import FileImport
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import find_collection
from botcafe.transfer.outcome import CreatedItem


def digest_of(data: bytes, bot: int | None = None) -> str:
    """What a file is known by: its bytes, and for a chat the bot that was chosen for it."""
    return hashlib.sha256(data + (b"\0bot %d" % bot if bot else b"")).hexdigest()


def find_known_rows(actor: Actor, digest: str) -> list[CreatedItem]:
    """What came of these bytes before; nothing where any of it is gone by now, so that the file brings it back."""
    known = FileImport.objects.filter(user=actor.id, digest=digest).first()
    rows = cast("list[CreatedItem]", known.rows) if known else []
    return rows if all(_is_there(actor, row) for row in rows) else []


def remember_import(actor: Actor, digest: str, created: list[CreatedItem]) -> None:
    """Keep what came of a file, in the caller's transaction; of two imports the later one counts."""
    rows = [{name: row[name] for name in ("collection", "id", "name", "slug") if name in row} for row in created]
    if rows:
        FileImport.objects.update_or_create(user_id=int(actor.id or 0), digest=digest, defaults={"rows": rows})


def _is_there(actor: Actor, row: CreatedItem) -> bool:
    of = find_collection(row["collection"])
    if of is None:
        return False
    own = {"pk": row["id"], "user": actor.id}
    has_trash = any(field.name == "deleted_at" for field in of.model._meta.get_fields())
    return of.visible_to(actor).filter(**own, **({"deleted_at": None} if has_trash else {})).exists()
