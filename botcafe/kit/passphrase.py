"""Secrets sealed with a passphrase and the master key: neither the disk nor the passphrase alone opens them.

A token is `bcp1.<key id>.<wrapped>.<head>.<cost>.<salt>.<sealed text>`: the text is sealed with a data key of its own,
the data key with Argon2id of the passphrase, and that again with the ring's master key (`<key id>.<wrapped>.<head>`
are the parts of such a token), so that a stolen database alone cannot be guessed at, and a rotation does not need
the passphrase. What is unlocked for a while is the data key, never the passphrase.
"""

import base64
import os
import unicodedata
from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw

from botcafe.kit import secrets
from botcafe.kit.lanes import leave_quick_lane
from botcafe.kit.secrets import KEY_BYTES, KeyRing, SecretError

PREFIX = "bcp1"
SALT_BYTES = 16
PARTS = 7
ALONE, ALONE_PARTS = "bcs1", 4
MIN_PASSPHRASE_CHARACTERS = 8
MAX_PASSPHRASE_CHARACTERS = 1000


class WrongPassphraseError(SecretError):
    """The passphrase does not open the token, or does not fit."""

    code = "wrong_passphrase"
    status = 400


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try costs: memory in KiB, passes over it, lanes."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1

    @classmethod
    def read(cls, text: str) -> "Cost":
        """The cost that a token names. Raises SecretError for nonsense and for what would exhaust the machine."""
        try:
            cost = cls(*(int(part) for part in text.split("-")))
        except (TypeError, ValueError):
            raise SecretError("This is not a sealed secret.") from None
        # The cost comes from the token: a forged one must not make the server allocate gigabytes.
        if not (8 <= cost.memory_kib <= 1 << 20 and 1 <= cost.passes <= 64 and 1 <= cost.lanes <= 16):
            raise SecretError("This is not a sealed secret.")
        return cost

    def __str__(self) -> str:
        return f"{self.memory_kib}-{self.passes}-{self.lanes}"


USUAL = Cost()
# A file lies in more places than a table, and whoever has it may guess for years.
COSTLY = Cost(memory_kib=131_072, passes=4)


@dataclass(frozen=True, slots=True)
class Lock:
    """A passphrase after its slow part: ready to seal one secret."""

    cost: Cost
    salt: bytes
    key: bytes = field(repr=False)


def check_passphrase(passphrase: object) -> str:
    """A passphrase that may be used. Raises WrongPassphraseError with words for people."""
    if not isinstance(passphrase, str) or not MIN_PASSPHRASE_CHARACTERS <= len(passphrase) <= MAX_PASSPHRASE_CHARACTERS:
        raise WrongPassphraseError(
            f"A passphrase has from {MIN_PASSPHRASE_CHARACTERS} to {MAX_PASSPHRASE_CHARACTERS} characters."
        )
    return passphrase


def new_lock(passphrase: str, cost: Cost = USUAL) -> Lock:
    """A lock with a fresh salt; takes a sixth of a second."""
    salt = os.urandom(SALT_BYTES)
    return Lock(cost, salt, _stretched(passphrase, salt, cost))


def seal_locked(ring: KeyRing, lock: Lock, plaintext: str, associated: str) -> str:
    """Seal a text under a lock, bound to `associated`."""
    data_key = os.urandom(KEY_BYTES)
    inner = secrets.seal_with(lock.key, _text(data_key), f"{PREFIX} {lock.cost} {associated}")
    outer = secrets.seal(ring, inner, f"{PREFIX} {associated}").split(".", 1)[1]
    body = secrets.seal_with(data_key, plaintext, f"{PREFIX} text {associated}")
    return f"{PREFIX}.{outer}.{lock.cost}.{_text(lock.salt)}.{body}"


def unlocked_data_key(ring: KeyRing, token: str, passphrase: str, associated: str) -> bytes:
    """The data key of a token. Raises WrongPassphraseError, and SecretError for a damaged token or a missing master key."""
    parts = _split(token)
    cost, salt = Cost.read(parts[4]), _bytes(parts[5])
    inner = secrets.open_sealed(ring, _ring_part(parts), f"{PREFIX} {associated}")
    try:
        key = _stretched(passphrase, salt, cost)
        return _bytes(secrets.open_with(key, inner, f"{PREFIX} {cost} {associated}"))
    except SecretError:
        raise WrongPassphraseError("This is not the passphrase of this key.") from None


def open_unlocked(token: str, data_key: bytes, associated: str) -> str:
    """The text inside a token whose data key is at hand. Raises SecretError."""
    return secrets.open_with(data_key, _split(token)[6], f"{PREFIX} text {associated}")


def rewrap_locked(ring: KeyRing, token: str, associated: str) -> str:
    """The same secret under the ring's current key; needs no passphrase. Raises SecretError."""
    parts = _split(token)
    outer = secrets.rewrap(ring, _ring_part(parts), f"{PREFIX} {associated}").split(".", 1)[1]
    return ".".join([PREFIX, outer, *parts[4:]])


def check_outer_layer(ring: KeyRing, token: str, associated: str) -> None:
    """Whether the ring opens the outer layer of a token; needs no passphrase. Raises SecretError where it does not."""
    secrets.open_sealed(ring, _ring_part(_split(token)), f"{PREFIX} {associated}")


def seal_alone(passphrase: str, plaintext: str, associated: str) -> str:
    """Seal a text with a passphrase alone, for a file that is kept apart from any master key."""
    lock = new_lock(check_passphrase(passphrase), COSTLY)
    sealed = secrets.seal_with(lock.key, plaintext, f"{ALONE} {lock.cost} {associated}")
    return f"{ALONE}.{lock.cost}.{_text(lock.salt)}.{sealed}"


def open_alone(passphrase: str, token: str, associated: str) -> str:
    """The text that ``seal_alone`` sealed. Raises WrongPassphraseError, and SecretError for what is no such token."""
    parts = token.split(".")
    if len(parts) != ALONE_PARTS or parts[0] != ALONE:
        raise SecretError("This is not a sealed secret.")
    cost, salt = Cost.read(parts[1]), _bytes(parts[2])
    # Whoever has made the file has chosen these.
    if len(salt) != SALT_BYTES or cost.memory_kib > 2 * COSTLY.memory_kib or cost.passes > 2 * COSTLY.passes:
        raise SecretError("This is not a sealed secret.")
    key = _stretched(passphrase, salt, cost)
    try:
        return secrets.open_with(key, parts[3], f"{ALONE} {cost} {associated}")
    except SecretError:
        raise WrongPassphraseError("This is not the passphrase that it was sealed with.") from None


def is_locked(token: str) -> bool:
    """Whether a token is one of these."""
    return token.startswith(f"{PREFIX}.")


def _split(token: str) -> list[str]:
    parts = token.split(".")
    if len(parts) != PARTS or parts[0] != PREFIX:
        raise SecretError("This is not a sealed secret.")
    return parts


def _ring_part(parts: list[str]) -> str:
    return ".".join([secrets.PREFIX, *parts[1:4]])


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """Argon2id; the same letters count as the same, however a keyboard composes them."""
    leave_quick_lane()
    plain = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    return hash_secret_raw(
        plain,
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise SecretError("A key or a sealed secret is not readable base64.") from None
