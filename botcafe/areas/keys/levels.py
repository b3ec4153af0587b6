"""Seals a key as its document is written: a new key, another level, or both.

The slow part, stretching a passphrase, is done before the transaction (``prepare_lock``); inside it the row is held
and sealed (``set_key_aside``, ``seal_key``). The passphrase stands beside the fields and is never kept.
"""

from dataclasses import dataclass, field
from typing import Any

from botcafe.areas.keys import sealing
from botcafe.areas.keys.sealing import BASIC, LEVELS, MILITARY, level_of
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import Conflict, FieldProblem, ValidationFailed
from botcafe.kit import passphrase
from botcafe.kit.instants import now
from botcafe.kit.secrets import HIDDEN, SecretError, mask

LEVEL = "security_features_key_encryption_level"
PREPARED = "_prepared"
NEEDED = (
    "A key of the level military-grade needs a passphrase, given beside it; it is not kept, and cannot be recovered."
)
PRESENT = "This key is sealed with a passphrase: give it, to open the key, or enter the key anew."
ALONE = "Keys with a passphrase are changed one at a time."
ONE_LINE = "A key is one line without control characters."
IS_MASK = "This is the mask of a key, not a key."
NOT_CHANGED = "A passphrase is changed by its own form, or by POST /api/api-key/{id}/passphrase."


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was made ready for one row: a lock for its new token, the key out of its old one (which must not change)."""

    lock: passphrase.Lock | None = None
    plain: str = field(default="", repr=False)
    token: str = ""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What to seal once the row has an id."""

    level: str
    plain: str = field(repr=False)
    lock: passphrase.Lock | None = None


def refusal(problem: str, path: str = "passphrase", row_id: int | None = None) -> ValidationFailed:
    """A refusal that names one field."""
    return ValidationFailed("api-key", [FieldProblem(path, problem, path.replace("_", " ").title())], row_id)


def wanted_level(given: Any, present: str) -> str:
    """The level that a document asks for: its own, else the present one; no level is the basic one."""
    group = given.get("security_features") if isinstance(given, dict) else None
    if not isinstance(group, dict) or "key_encryption_level" not in group:
        return present
    level = group["key_encryption_level"]
    return level if level in LEVELS else BASIC


def prepare(change: Change, row: dict[str, Any] | None) -> None:
    """Stretch the passphrase where one is needed. ``row`` has id, token and hint of the key that is changed."""
    given = change.given if isinstance(change.given, dict) else {}
    present = level_of(row["key"]) if row else BASIC
    level = wanted_level(given, present)
    is_new = isinstance(given.get("key"), str) and (row is None or given["key"] != row["key_hint"])
    words = given.get("passphrase")
    lock, plain = None, ""
    if level == MILITARY and (is_new or present != MILITARY):
        lock = _new_lock(words, change.row_id)
    elif present == MILITARY and level != MILITARY and not is_new and row is not None:
        plain = _open_present(change.actor, row, words)
    elif present == MILITARY and words is not None and not is_new:
        raise refusal(NOT_CHANGED, row_id=change.row_id)
    if lock or plain:
        change.values[PREPARED] = Prepared(lock, plain, row["key"] if row else "")


def _new_lock(words: object, row_id: int | None) -> passphrase.Lock:
    if words in (None, ""):
        raise refusal(NEEDED, row_id=row_id)
    try:
        return passphrase.new_lock(passphrase.check_passphrase(words))
    except SecretError as error:
        raise refusal(str(error), row_id=row_id) from error


def _open_present(actor: Actor, row: dict[str, Any], words: object) -> str:
    if words in (None, ""):
        raise refusal(PRESENT, row_id=row["id"])
    sealing.check_knock(actor.id)
    place = sealing.place_of(row["id"])
    try:
        data_key = passphrase.unlocked_data_key(sealing.ring(), row["key"], str(words)[:1001], place)
        return passphrase.open_unlocked(row["key"], data_key, place)
    except SecretError as error:
        raise refusal(str(error), row_id=row["id"]) from error


def set_aside(change: Change) -> Sealing | None:
    """What is to be sealed, None for nothing; takes the plain key out of the values. Raises ValidationFailed, Conflict."""
    prepared: Prepared = change.values.pop(PREPARED, None) or Prepared()
    before = change.before or {}
    token = str(before.get("key") or "")
    if prepared.token and prepared.token != token:
        raise Conflict("This key was changed at the same time. Look at it, then try again.")
    plain = change.values.pop("key", None)
    if token and plain == before.get("key_hint"):
        plain = None
    if plain is not None:
        plain = _checked(plain, change.row_id)
    present = level_of(token)
    level = (change.values[LEVEL] or BASIC) if LEVEL in change.values else present
    if plain is None and token and not _must_move(change, present, level):
        return None
    if level == MILITARY and prepared.lock is None:
        raise refusal(ALONE if change.verb == "update" else NEEDED, row_id=change.row_id)
    found = plain if plain is not None else _plain_of(change, prepared, present, token)
    if plain is not None:
        change.values["key_hint"] = mask(plain)
        if token:
            change.values.setdefault("security_features_last_rotation_date", now())
    return Sealing(level, found, prepared.lock)


def _checked(plain: str, row_id: int | None) -> str:
    """A key goes into a line of a header, and is not the mask that reads give."""
    found = plain.strip()
    if found.startswith(HIDDEN):
        raise refusal(IS_MASK, "key", row_id)
    if not found or not found.isprintable():
        raise refusal(ONE_LINE, "key", row_id)
    return found


def _must_move(change: Change, present: str, level: str) -> bool:
    """Another level, or another owner's data key."""
    before = change.before or {}
    is_moved = change.values.get("user_id", before.get("user_id")) != before.get("user_id")
    return level != present or (is_moved and present == sealing.ADVANCED)


def _plain_of(change: Change, prepared: Prepared, present: str, token: str) -> str:
    if present == MILITARY:
        if not prepared.plain:
            raise refusal(ALONE, row_id=change.row_id)
        return prepared.plain
    before = change.before or {}
    try:
        return sealing.opened(token, int(before["id"]), int(before["user_id"]))
    except SecretError as error:
        raise Conflict("This key cannot be read here any more. Enter it anew.") from error
