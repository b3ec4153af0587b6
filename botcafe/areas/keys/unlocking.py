"""Unlock keys with a passphrase for one session and a limited time.

The data key of an unlocked key is stored encrypted under a key derived from the session token, which the browser has
and the database does not. A reply outlives its request: its generation carries an ``UnlockedKeys`` in memory.
"""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from django.db import transaction

from botcafe.areas.accounts import tokens
from botcafe.areas.keys.collections.api_key import API_KEYS, ApiKey
from botcafe.areas.keys.collections.internal import UnlockedKey
from botcafe.areas.keys.sealing import key_context, key_ring, limit_passphrase_attempts
from botcafe.cms.db.prepared_statements import PreparedQuery
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden, NotFound
from botcafe.kit import passphrase, secrets
from botcafe.kit.instants import from_epoch, now
from botcafe.kit.secrets import SecretError

UNLOCKED_SECONDS = 8 * 3600
"""How long a key stays unlocked at most; the end of the session locks it earlier."""
NO_SESSION = "A key with a passphrase is unlocked for a sign-in of this café; this caller has none. Sign in here first."


class KeyLockedError(Forbidden):
    """The key has a passphrase and is not unlocked in this session."""

    code = "key_locked"

    def __init__(self) -> None:
        super().__init__("This key is sealed with your passphrase and locked. Unlock it under Keys, then try again.")


@dataclass(frozen=True, slots=True)
class UnlockedKeys:
    """The unlocked data keys of one session, by id of the API key. In memory only; ``repr`` and pickle reveal nothing."""

    _data_keys: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    def open_key_text(self, row: ApiKey) -> str:
        """Decrypt a key that has a passphrase. Raises KeyLockedError."""
        data_key = self._data_keys.get(row.pk)
        if data_key is None:
            raise KeyLockedError
        try:
            return passphrase.open_unlocked(row.key, data_key, key_context(row.pk))
        except SecretError as error:
            raise KeyLockedError from error

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._data_keys

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Unlocked keys are not pickled.")


NO_UNLOCKED_KEYS = UnlockedKeys()
"""For jobs, and for callers without a session."""


def unlock_key(actor: Actor, key_id: int, given: object, token: str) -> str:
    """Unlock a key for this session and return until when. ``token`` is the session token as the client sent it.

    Raises NotFound, Forbidden without a session, BadRequest for a wrong passphrase or a key without one, TooMany.
    """
    row = API_KEYS.visible_to(actor).filter(pk=key_id, user=actor.id).first()
    if row is None:
        raise NotFound
    if not actor.session_id or not token:
        raise Forbidden(NO_SESSION)
    if not passphrase.is_locked(row.key):
        raise BadRequest("This key has no passphrase: it is always open.")
    limit_passphrase_attempts(actor.id)
    data_key = open_data_key(row, given)
    return _store_unlocked(actor.session_id, row.pk, data_key, token)


def open_data_key(row: ApiKey, given: object) -> bytes:
    """Decrypt a key's data key by its passphrase, which takes a sixth of a second. Raises BadRequest."""
    if not isinstance(given, str) or not given:
        raise BadRequest("Give the passphrase of this key.", {"path": "passphrase"})
    try:
        return passphrase.unlocked_data_key(
            key_ring(), row.key, given[: passphrase.MAX_PASSPHRASE_CHARACTERS + 1], key_context(row.pk)
        )
    except SecretError as error:
        raise BadRequest(str(error), {"path": "passphrase"}) from error


def _store_unlocked(session_id: str, key_id: int, data_key: bytes, token: str) -> str:
    moment = time.time()
    claims = tokens.read_token(token, moment)
    if claims is None:
        raise Forbidden(NO_SESSION)
    until = from_epoch(min(moment + UNLOCKED_SECONDS, claims["exp"]))
    text = base64.b64encode(data_key).decode()
    place = _session_context(session_id, key_id)
    sealed = secrets.seal_with(secrets.derived_key(key_ring(), token, place), text, place)
    with transaction.atomic():
        # Cleaned up here as well as by the job, so that no expired data key waits for its next run.
        UnlockedKey.objects.filter(expires_at__lte=now()).delete()
        fresh = {"sealed": sealed, "expires_at": until}
        UnlockedKey.objects.update_or_create(session_id=session_id, api_key_id=key_id, defaults=fresh)
    return until


def _session_context(session_id: str, key_id: int) -> str:
    return f"unlocked {session_id} {key_id}"


def lock_key(actor: Actor, key_id: int) -> None:
    """Lock a key in all sessions of the actor. Raises NotFound."""
    mine = API_KEYS.visible_to(actor).filter(pk=key_id, user=actor.id)
    if not mine.exists():
        raise NotFound
    UnlockedKey.objects.filter(api_key__in=mine).delete()


_UNLOCKED_IN_SESSION = PreparedQuery(
    lambda session, moment: UnlockedKey.objects.filter(session=session, expires_at__gt=moment).order_by("pk"), 2
)


def load_unlocked_keys(actor: Actor, token: str) -> UnlockedKeys:
    """All keys that are unlocked in this session; none for a token other than the one that unlocked them."""
    if not actor.session_id or not token:
        return NO_UNLOCKED_KEYS
    found: dict[int, bytes] = {}
    for row in _UNLOCKED_IN_SESSION.rows(actor.session_id, now()):
        place = _session_context(actor.session_id, row.api_key_id)
        try:
            text = secrets.open_with(secrets.derived_key(key_ring(), token, place), row.sealed, place)
        except SecretError:
            continue
        found[row.api_key_id] = base64.b64decode(text)
    return UnlockedKeys(found)


def unlocked_until(actor: Actor) -> dict[int, str]:
    """When the unlocked keys of this session expire, by id of the key."""
    rows = UnlockedKey.objects.filter(session=actor.session_id, expires_at__gt=now()) if actor.session_id else []
    return {row.api_key_id: row.expires_at for row in rows}


def delete_expired_unlocks() -> int:
    """Delete expired rows, for a job; returns how many."""
    return UnlockedKey.objects.filter(expires_at__lte=now()).delete()[0]
