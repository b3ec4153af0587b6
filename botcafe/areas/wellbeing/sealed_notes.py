"""Notes of the mood journal at rest: sealed with the data key of their account, and opened for whoever may read the row."""

from collections.abc import Iterable

from django.db import models

from botcafe.areas.keys.sealing import AccountSeal
from botcafe.cms.schema.collection import Change
from botcafe.kit.json_types import JsonObject
from botcafe.kit.secrets import SecretError

PREFIX = "bcn1."
BATCH_ROWS = 500


def seal_note(seal: AccountSeal, user_id: int, note: str) -> str:
    """The token of a note: its prefix, the account whose key opens it, and what is sealed."""
    return f"{PREFIX}{user_id}.{seal.seal(user_id, note, _context(user_id))}"


def open_note(seal: AccountSeal, stored: str | None) -> str | None:
    """The words of a stored note; None where its key is gone. What was never sealed is returned as it is."""
    if stored is None or not stored.startswith(PREFIX):
        return stored
    owner, _, token = stored.removeprefix(PREFIX).partition(".")
    if not (owner.isascii() and owner.isdecimal()):
        return stored
    try:
        return seal.open(int(owner), token, _context(int(owner)))
    except SecretError:
        return None


def open_documents(documents: Iterable[JsonObject]) -> None:
    """Open the notes of documents that are about to be answered; each account's key is read once."""
    seal = AccountSeal()
    for each in documents:
        note = each.get("note")
        if isinstance(note, str):
            each["note"] = open_note(seal, note)


def seal_change(change: Change) -> None:
    """Before a row is written: its note is sealed for the account that the row will belong to."""
    before = change.before or {}
    owner = change.values.get("user_id", before.get("user_id"))
    if "note" not in change.values and owner == before.get("user_id"):
        return
    seal = AccountSeal()
    note = change.values["note"] if "note" in change.values else open_note(seal, before.get("note"))
    if isinstance(note, str) and isinstance(owner, int):
        change.values["note"] = seal_note(seal, owner, note)


def seal_plain_notes(model: type[models.Model]) -> int:
    """Seal the notes that are stored in plain words, as rows from before or from an import have them; returns how many.

    ``model`` is the table of moods, also as a migration sees it.
    """
    seal, count = AccountSeal(), 0
    rows = model._default_manager.filter(note__isnull=False).exclude(note__startswith=PREFIX).order_by("pk")
    while batch := list(rows.values_list("pk", "user_id", "note")[:BATCH_ROWS]):
        for pk, user_id, note in batch:
            model._default_manager.filter(pk=pk).update(note=seal_note(seal, user_id, note))
        count += len(batch)
    return count


def _context(user_id: int) -> str:
    return f"mood-note:{user_id}"
