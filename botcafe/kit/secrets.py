"""Secrets at rest (tokens sealed with a ring of master keys) and in memory (text that does not print itself).

A token is `bc1.<key id>.<wrapped data key>.<sealed text>`: the text is sealed with a data key of its own, and the data
key with the master key, so that a rotation wraps 32 bytes anew and never sees the text. Both layers are AES-256-GCM and
bound to the same associated string (for a row: its table and id), so a token that was moved to another row does not
open.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable
from typing import NoReturn, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "bc1"
HIDDEN = "****"
KEY_BYTES = 32
NONCE_BYTES = 12
MIN_MASKED_CHARACTERS = 8


class SecretError(ValueError):
    """A secret could not be opened, or a key is unfit. The words never hold key, token or text."""

    code = "secret_error"
    status = 500


class SecretText(str):
    """A text that shows itself as `****` in str, repr, format, JSON and joins; `reveal()` gives the value.

    What the string machinery sees *is* `****`, so a forgotten `reveal()` leaks nothing: it sends four stars.
    """

    __slots__ = ("_value",)
    _value: str

    def __new__(cls, value: str) -> Self:
        made = super().__new__(cls, HIDDEN)
        made._value = value.reveal() if isinstance(value, SecretText) else value
        return made

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretText):
            return False
        # In constant time, so that comparing reveals nothing about the secret.
        return hmac.compare_digest(_raw(self._value), _raw(other._value))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((SecretText, self._value))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A secret is not pickled.")


class KeyRing:
    """Master keys of 32 bytes; the first seals, every one opens."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        """Raises SecretError for an empty ring or a key that is not 32 bytes long."""
        ordered = list(keys)
        if not ordered or any(len(key) != KEY_BYTES for key in ordered):
            raise SecretError("A key ring needs at least one key, and every key has 32 bytes.")
        self._keys = {_key_id(key): key for key in reversed(ordered)}
        self.current_id = _key_id(ordered[0])

    @classmethod
    def from_base64(cls, texts: Iterable[str]) -> Self:
        """A ring from base64 texts (standard or URL-safe, padded or not). Raises SecretError."""
        return cls([_decode(text.strip()) for text in texts])

    def key(self, key_id: str) -> bytes:
        """The master key of that id. Raises SecretError when the ring does not hold it."""
        try:
            return self._keys[key_id]
        except KeyError:
            raise SecretError("The master key that sealed this secret is not in the ring.") from None

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._keys

    def __repr__(self) -> str:
        return f"KeyRing({len(self._keys)} keys, current {self.current_id})"


def master_key_of_secret(secret: str) -> str:
    """The master key of an installation that has set none, as base64 text: derived from its secret."""
    return base64.b64encode(hashlib.sha256(b"botcafe master " + secret.encode()).digest()).decode()


def new_master_key() -> str:
    """A fresh random master key as base64 text, fit for `KeyRing.from_base64`."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def seal(ring: KeyRing, plaintext: str, associated: str) -> str:
    """Seal a text under the ring's current key, bound to `associated`. Two calls give different tokens."""
    data_key = os.urandom(KEY_BYTES)
    head = f"{PREFIX}.{ring.current_id}"
    wrapped = _encrypt(ring.key(ring.current_id), data_key, _bound(head, associated))
    return f"{head}.{wrapped}.{_encrypt(data_key, plaintext.encode(), _bound(PREFIX, associated))}"


def open_sealed(ring: KeyRing, token: str, associated: str) -> str:
    """The text inside a token. Raises SecretError for a wrong key, a wrong `associated`, or a damaged token."""
    _, wrapped, body = _split(token)
    data_key = _unwrap(ring, token, wrapped, associated)
    return _decrypt(data_key, body, _bound(PREFIX, associated)).decode()


def rewrap(ring: KeyRing, token: str, associated: str) -> str:
    """The same secret under the ring's current key; the text stays sealed. Raises SecretError as `open_sealed` does."""
    key_id, wrapped, body = _split(token)
    data_key = _unwrap(ring, token, wrapped, associated)
    if key_id == ring.current_id:
        return token
    head = f"{PREFIX}.{ring.current_id}"
    return f"{head}.{_encrypt(ring.key(ring.current_id), data_key, _bound(head, associated))}.{body}"


def is_current(ring: KeyRing, token: str) -> bool:
    """Whether a token is under the ring's current key. Raises SecretError when it is no token."""
    return _split(token)[0] == ring.current_id


def seal_with(key: bytes, plaintext: str, associated: str) -> str:
    """Seal a text under a key of 32 bytes that is in no ring: base64, without a prefix."""
    return _encrypt(key, plaintext.encode(), associated.encode())


def open_with(key: bytes, sealed: str, associated: str) -> str:
    """The text that `seal_with` sealed. Raises SecretError as `open_sealed` does."""
    return _decrypt(key, sealed, associated.encode()).decode()


def derived_key(ring: KeyRing, material: str, purpose: str) -> bytes:
    """A key of 32 bytes out of a text with entropy of its own and the ring's current key; both are needed to make it."""
    salt, info = ring.key(ring.current_id), purpose.encode()
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=info).derive(_raw(material))


def mask(value: str) -> str:
    """What may be shown of a secret: `****` and its last four characters; only `****` below eight characters."""
    text = value.reveal() if isinstance(value, SecretText) else value
    return HIDDEN + text[-4:] if len(text) >= MIN_MASKED_CHARACTERS else HIDDEN


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"botcafe master key id\0" + key).hexdigest()[:12]


def _bound(head: str, associated: str) -> bytes:
    return f"{head}\0{associated}".encode()


def _split(token: str) -> tuple[str, str, str]:
    parts = token.split(".")
    if len(parts) != 4 or parts[0] != PREFIX:
        raise SecretError("This is not a sealed secret.")
    return parts[1], parts[2], parts[3]


def _unwrap(ring: KeyRing, token: str, wrapped: str, associated: str) -> bytes:
    key_id = _split(token)[0]
    return _decrypt(ring.key(key_id), wrapped, _bound(f"{PREFIX}.{key_id}", associated))


def _encrypt(key: bytes, data: bytes, bound: bytes) -> str:
    # A fresh nonce for every text: AES-GCM is broken by using one twice with the same key.
    nonce = os.urandom(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, data, bound)).decode().rstrip("=")


def _decrypt(key: bytes, text: str, bound: bytes) -> bytes:
    raw = _decode(text)
    try:
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise SecretError(
            "This secret does not open here: it was sealed with another key or for another place."
        ) from None


def _decode(text: str) -> bytes:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SecretError("A key or a sealed secret is not readable base64.") from None
