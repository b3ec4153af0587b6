"""The secrets of an installation within its backup: sealed with a passphrase, which is in no file."""

from dataclasses import dataclass, field

import orjson
from django.conf import settings

from botcafe.kit import passphrase
from botcafe.kit.json_types import list_or_empty, object_or_empty, text_or_empty
from botcafe.kit.secrets import SecretError, master_key_of_secret
from botcafe.upkeep.backup.errors import BackupError

_PLACE = "secrets of a backup"


@dataclass(frozen=True, slots=True)
class CafeSecrets:
    """The secret, and the master keys where they are not derived from it."""

    secret: str = field(repr=False)
    master_keys: tuple[str, ...] = field(repr=False)

    @property
    def ring(self) -> tuple[str, ...]:
        """All master keys that open something."""
        return (*self.master_keys, master_key_of_secret(self.secret))


def secrets_in_use() -> CafeSecrets:
    """What this installation seals with, wherever it has it from."""
    derived = master_key_of_secret(settings.SECRET_KEY)
    return CafeSecrets(settings.SECRET_KEY, tuple(key for key in settings.MASTER_KEYS if key != derived))


def seal_secrets(secrets: CafeSecrets, phrase: str) -> bytes:
    """Seal them. Raises BackupError for a passphrase that is too short."""
    text = orjson.dumps({"secret": secrets.secret, "master_keys": list(secrets.master_keys)}).decode()
    try:
        return passphrase.seal_alone(phrase, text, _PLACE).encode("ascii")
    except SecretError as error:
        raise BackupError(f"{error} Nothing was written.") from None


def open_secrets(sealed: str, phrase: str) -> CafeSecrets:
    """Open them. Raises BackupError where the passphrase is another."""
    try:
        told = object_or_empty(orjson.loads(passphrase.open_alone(phrase, sealed, _PLACE)))
    except (SecretError, orjson.JSONDecodeError) as error:
        raise BackupError(f"its secrets do not open: {str(error).rstrip('.')}") from None
    return CafeSecrets(text_or_empty(told.get("secret")), tuple(str(k) for k in list_or_empty(told.get("master_keys"))))
