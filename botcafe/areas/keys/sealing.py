"""The three encryption levels of a key: under the server's key ring, the account's data key, or a passphrase.

The prefix of a token tells its level (``bc1.``, ``bca1.``, ``bcp1.``), whatever the row's column says. Each token is
bound to its row, so that it cannot be copied into another.
"""

import base64
import os

from botcafe.areas.keys.collections.internal import AccountKey, account_key_context
from botcafe.cms.http.limits import limit_rate
from botcafe.kit import passphrase, secrets
from botcafe.kit.instants import now
from botcafe.kit.sealed import key_ring as key_ring
from botcafe.kit.secrets import KEY_BYTES, SecretError

BASIC, ADVANCED, MILITARY = "basic", "advanced", "military-grade"
LEVELS = (BASIC, ADVANCED, MILITARY)
ACCOUNT_PREFIX = "bca1."


def key_context(row_id: int) -> str:
    """The context that a key's token is bound to (its associated data)."""
    return f"api-key:{row_id}"


def encryption_level_of(token: str) -> str:
    """The level of a token, from its prefix."""
    if passphrase.is_locked(token):
        return MILITARY
    return ADVANCED if token.startswith(ACCOUNT_PREFIX) else BASIC


def seal_key_text(level: str, plain: str, row_id: int, user_id: int, lock: passphrase.Lock | None = None) -> str:
    """Encrypt a key and return its token. Raises SecretError for ``military-grade`` without a lock."""
    if level == ADVANCED:
        return ACCOUNT_PREFIX + secrets.seal_with(_account_key(user_id), plain, key_context(row_id))
    if level == MILITARY:
        if lock is None:
            raise SecretError("A key of this level needs a passphrase.")
        return passphrase.seal_locked(key_ring(), lock, plain, key_context(row_id))
    return secrets.seal(key_ring(), plain, key_context(row_id))


def open_key_text(token: str, row_id: int, user_id: int) -> str:
    """Decrypt a token of level ``basic`` or ``advanced``. Raises SecretError."""
    if not token.startswith(ACCOUNT_PREFIX):
        return secrets.open_sealed(key_ring(), token, key_context(row_id))
    row = AccountKey.objects.filter(user=user_id).first()
    if row is None:
        raise SecretError("The data key of this account is gone, and its keys with it.")
    return secrets.open_with(_data_key(row), token.removeprefix(ACCOUNT_PREFIX), key_context(row_id))


class AccountSeal:
    """Seals and opens texts under the data keys of accounts, each of which it reads once."""

    def __init__(self) -> None:
        self._keys: dict[int, bytes] = {}

    def seal(self, user_id: int, plain: str, context: str) -> str:
        """Encrypt a text, bound to ``context``; the first text of an account makes its data key."""
        if user_id not in self._keys:
            self._keys[user_id] = _account_key(user_id)
        return secrets.seal_with(self._keys[user_id], plain, context)

    def open(self, user_id: int, sealed: str, context: str) -> str:
        """Decrypt it. Raises SecretError, also where the account's data key is gone."""
        if user_id not in self._keys:
            row = AccountKey.objects.filter(user=user_id).first()
            if row is None:
                raise SecretError("The data key of this account is gone, and what it sealed with it.")
            self._keys[user_id] = _data_key(row)
        return secrets.open_with(self._keys[user_id], sealed, context)


def _account_key(user_id: int) -> bytes:
    """The data key of an account, created at its first use."""
    row = AccountKey.objects.filter(user=user_id).first()
    if row is None:
        fresh = base64.b64encode(os.urandom(KEY_BYTES)).decode()
        token = secrets.seal(key_ring(), fresh, account_key_context(user_id))
        # Two first uses at once: the loser takes the winner's key.
        row, _ = AccountKey.objects.get_or_create(user_id=user_id, defaults={"token": token, "created_at": now()})
    return _data_key(row)


def _data_key(row: AccountKey) -> bytes:
    return base64.b64decode(secrets.open_sealed(key_ring(), row.token, account_key_context(row.user_id)))


def limit_passphrase_attempts(user_id: int | None) -> None:
    """Count an attempt at a passphrase, at the rate of logins. Raises TooMany."""
    limit_rate("login", f"passphrase of {user_id}")
