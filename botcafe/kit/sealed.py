"""Which columns hold secrets under the master keys, so that a rotation reaches all of them.

Every area that seals declares its columns here, beside the table.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from botcafe.kit import passphrase, secrets
from botcafe.kit.secrets import KeyRing


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of tokens: its model as ``area.Model``, and what a token is bound to, by id of ``bound_to``."""

    model: str
    column: str
    bound_to: str
    place: Callable[[int], str]


_COLUMNS: list[SealedColumn] = []


def key_ring() -> KeyRing:
    """The master keys, newest first, with the one derived from ``SECRET_KEY`` last."""
    # Last in the ring, so that what was sealed before the operator set master keys still opens.
    return KeyRing.from_base64((*settings.MASTER_KEYS, secrets.master_key_of_secret(settings.SECRET_KEY)))


def declare_sealed(model: str, column: str, place: Callable[[int], str], *, bound_to: str = "id") -> None:
    """Say that a column holds tokens."""
    found = SealedColumn(model, column, bound_to, place)
    if all((c.model, c.column) != (model, column) for c in _COLUMNS):
        _COLUMNS.append(found)


def sealed_columns() -> list[SealedColumn]:
    """All columns that were declared."""
    return list(_COLUMNS)


def master_key_of(token: str) -> str | None:
    """The id of the master key that a token is under; None for what is under none."""
    prefix, _, rest = token.partition(".")
    return rest.partition(".")[0] if prefix in {secrets.PREFIX, passphrase.PREFIX} else None


def check_token(ring: KeyRing, token: str, place: str) -> None:
    """Raises SecretError where the ring does not open a token; of one under a passphrase, its outer layer."""
    if passphrase.is_locked(token):
        passphrase.check_outer_layer(ring, token, place)
    elif master_key_of(token) is not None:
        secrets.open_sealed(ring, token, place)


def rewrapped(ring: KeyRing, token: str, place: str) -> str:
    """The same secret under the ring's newest key. Raises SecretError."""
    if passphrase.is_locked(token):
        return passphrase.rewrap_locked(ring, token, place)
    return secrets.rewrap(ring, token, place)
