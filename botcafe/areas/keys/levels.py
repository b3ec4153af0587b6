"""Encrypt a key when its document is written: a new key, another level, or both.

The slow part, stretching the passphrase, runs before the transaction (``prepare_lock``); the encryption runs inside it
(``set_key_aside``, ``seal_key``). The passphrase is given beside the fields and never stored.
"""

from dataclasses import dataclass, field
from typing import Any

from botcafe.areas.keys import sealing
from botcafe.areas.keys.sealing import BASIC, LEVELS, MILITARY, encryption_level_of
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import Conflict, FieldProblem, ValidationFailed
from botcafe.kit import passphrase
from botcafe.kit.instants import now
from botcafe.kit.secrets import HIDDEN, SecretError, mask

LEVEL_COLUMN = "security_features_key_encryption_level"
PREPARED_VALUE = "_prepared"
LOCK_NEEDED = (
    "A key of the level military-grade needs a passphrase, given beside it; it is not kept, and cannot be recovered."
)
UNLOCK_NEEDED = "This key is sealed with a passphrase: give it, to open the key, or enter the key anew."
ONE_AT_A_TIME = "Keys with a passphrase are changed one at a time."
ONE_LINE = "A key is one line without control characters."
IS_MASK = "This is the mask of a key, not a key."
NOT_CHANGED = "A passphrase is changed by its own form, or by POST /api/api-key/{id}/passphrase."


@dataclass(frozen=True, slots=True)
class PreparedSecret:
    """Prepared for one row before the transaction: a lock for its new token, or the key from its old one (``token``)."""

    lock: passphrase.Lock | None = None
    plain: str = field(default="", repr=False)
    token: str = ""


@dataclass(frozen=True, slots=True)
class PendingSeal:
    """What to encrypt once the row has an id to bind the token to."""

    level: str
    plain: str = field(repr=False)
    lock: passphrase.Lock | None = None


def validation_error(problem: str, path: str = "passphrase", row_id: int | None = None) -> ValidationFailed:
    """A ValidationFailed that names one field."""
    return ValidationFailed("api-key", [FieldProblem(path, problem, path.replace("_", " ").title())], row_id)


def wanted_level(given: object, present: str) -> str:
    """The level that a document requests, else the present one; an unknown level is the basic one."""
    group = given.get("security_features") if isinstance(given, dict) else None
    if not isinstance(group, dict) or "key_encryption_level" not in group:
        return present
    level = group["key_encryption_level"]
    return level if level in LEVELS else BASIC


def prepare_passphrase(change: Change, row: dict[str, Any] | None) -> None:
    """Stretch the passphrase if the change needs it. ``row`` has id, token and hint of an existing key."""
    given = change.given if isinstance(change.given, dict) else {}
    present = encryption_level_of(row["key"]) if row else BASIC
    level = wanted_level(given, present)
    # Clients send back the whole document they have read, where the key is its mask: that is no new key.
    is_new = isinstance(given.get("key"), str) and (row is None or given["key"] != row["key_hint"])
    words = given.get("passphrase")
    lock, plain = None, ""
    if level == MILITARY and (is_new or present != MILITARY):
        lock = _new_lock(words, change.row_id)
    elif present == MILITARY and level != MILITARY and not is_new and row is not None:
        plain = _open_with_passphrase(change.actor, row, words)
    elif present == MILITARY and words is not None and not is_new:
        raise validation_error(NOT_CHANGED, row_id=change.row_id)
    if lock or plain:
        change.values[PREPARED_VALUE] = PreparedSecret(lock, plain, row["key"] if row else "")


def _new_lock(words: object, row_id: int | None) -> passphrase.Lock:
    if words in (None, ""):
        raise validation_error(LOCK_NEEDED, row_id=row_id)
    try:
        return passphrase.new_lock(passphrase.check_passphrase(words))
    except SecretError as error:
        raise validation_error(str(error), row_id=row_id) from error


def _open_with_passphrase(actor: Actor, row: dict[str, Any], words: object) -> str:
    if words in (None, ""):
        raise validation_error(UNLOCK_NEEDED, row_id=row["id"])
    sealing.limit_passphrase_attempts(actor.id)
    place = sealing.key_context(row["id"])
    try:
        data_key = passphrase.unlocked_data_key(sealing.key_ring(), row["key"], str(words)[:1001], place)
        return passphrase.open_unlocked(row["key"], data_key, place)
    except SecretError as error:
        raise validation_error(str(error), row_id=row["id"]) from error


def take_plain_key(change: Change) -> PendingSeal | None:
    """Take the plain key out of the values: what to encrypt, None for nothing. Raises ValidationFailed and Conflict."""
    prepared: PreparedSecret = change.values.pop(PREPARED_VALUE, None) or PreparedSecret()
    before = change.before or {}
    token = str(before.get("key") or "")
    if prepared.token and prepared.token != token:
        raise Conflict("This key was changed at the same time. Look at it, then try again.")
    plain = change.values.pop("key", None)
    if token and plain == before.get("key_hint"):
        plain = None
    if plain is not None:
        plain = _check_key_text(plain, change.row_id)
    present = encryption_level_of(token)
    level = (change.values[LEVEL_COLUMN] or BASIC) if LEVEL_COLUMN in change.values else present
    if plain is None and token and not _must_reseal(change, present, level):
        return None
    if level == MILITARY and prepared.lock is None:
        raise validation_error(ONE_AT_A_TIME if change.verb == "update" else LOCK_NEEDED, row_id=change.row_id)
    found = plain if plain is not None else _plain_of(change, prepared, present, token)
    if plain is not None:
        change.values["key_hint"] = mask(plain)
        if token:
            change.values.setdefault("security_features_last_rotation_date", now())
    return PendingSeal(level, found, prepared.lock)


def _check_key_text(plain: str, row_id: int | None) -> str:
    """The trimmed key. Raises ValidationFailed for the mask that reads return, and for what cannot be a header value."""
    found = plain.strip()
    if found.startswith(HIDDEN):
        raise validation_error(IS_MASK, "key", row_id)
    if not found or not found.isprintable():
        raise validation_error(ONE_LINE, "key", row_id)
    return found


def _must_reseal(change: Change, present: str, level: str) -> bool:
    """Whether the token must be encrypted anew: another level, or another owner and so another data key."""
    before = change.before or {}
    is_moved = change.values.get("user_id", before.get("user_id")) != before.get("user_id")
    return level != present or (is_moved and present == sealing.ADVANCED)


def _plain_of(change: Change, prepared: PreparedSecret, present: str, token: str) -> str:
    if present == MILITARY:
        if not prepared.plain:
            raise validation_error(ONE_AT_A_TIME, row_id=change.row_id)
        return prepared.plain
    before = change.before or {}
    try:
        return sealing.open_key_text(token, int(before["id"]), int(before["user_id"]))
    except SecretError as error:
        raise Conflict("This key cannot be read here any more. Enter it anew.") from error
