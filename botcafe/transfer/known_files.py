"""Recognises a file that an account has imported before, by its bytes, as long as what came of it is still there."""

import hashlib
from typing import cast

from botcafe.areas.companions.collections.file_import import FileImport
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import find_collection
from botcafe.formats.detect import ImportedFile
from botcafe.transfer.outcome import CreatedItem


def digest_of(data: bytes, bot: int | None = None) -> str:
    """What a file is known by: its bytes, and for a chat the bot that was chosen for it."""
    return hashlib.sha256(data + (b"\0bot %d" % bot if bot else b"")).hexdigest()


def marks_of(found: ImportedFile) -> list[str]:
    """What a later version of the same file is known by: a card's name and creator, a book's name, a chat's id."""
    things: list[tuple[str, ...]] = []
    if found.kind == "card":
        things = [("card", card.name.lower(), card.creator.lower()) for card in found.cards]
    elif found.kind == "lorebook":
        things = [("lorebook", book.name.lower()) for book in found.books if book.name]
    elif found.kind == "chat":
        things = [("chat", chat.kind, chat.source_id) for chat in found.chats if chat.source_id]
    return [hashlib.sha256(repr(thing).encode()).hexdigest() for thing in things] if len(things) == 1 else []


def find_known_rows(actor: Actor, digest: str) -> list[CreatedItem]:
    """What came of these bytes before; nothing where any of it is gone by now, so that the file brings it back."""
    known = FileImport.objects.filter(user=actor.id, digest=digest).first()
    rows = cast("list[CreatedItem]", known.rows) if known else []
    return rows if all(_is_there(actor, row) for row in rows) else []


def remember_import(actor: Actor, digests: list[str], created: list[CreatedItem]) -> None:
    """Keep what came of a file by each of its digests, in the caller's transaction; of two imports the later one counts."""
    rows = [{name: row[name] for name in ("collection", "id", "name", "slug") if name in row} for row in created]
    for digest in digests if rows else ():
        FileImport.objects.update_or_create(user_id=int(actor.id or 0), digest=digest, defaults={"rows": rows})


def _is_there(actor: Actor, row: CreatedItem) -> bool:
    of = find_collection(row["collection"])
    if of is None:
        return False
    own = {"pk": row["id"], "user": actor.id}
    has_trash = any(field.name == "deleted_at" for field in of.model._meta.get_fields())
    return of.visible_to(actor).filter(**own, **({"deleted_at": None} if has_trash else {})).exists()
