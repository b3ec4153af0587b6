"""Password hashes of the old system, taken until the next sign-in writes a new one."""

import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import BasePasswordHasher, BCryptSHA256PasswordHasher


class BcryptHasher(BCryptSHA256PasswordHasher):
    """bcrypt over SHA-256, so that long passwords count whole, at the cost that the setting names."""

    @property
    def rounds(self) -> int:  # type: ignore[override]
        """The cost."""
        return int(settings.BCRYPT_ROUNDS)


class PayloadHasher(BasePasswordHasher):
    """``pbkdf2-sha256-v1``: 600,000 rounds; stored here as ``algorithm$salt$hash`` in hexadecimal."""

    algorithm = "payload_v1"
    rounds = 600_000

    def encode(self, password: str, salt: str) -> str:
        """Never used for new passwords."""
        return f"{self.algorithm}${salt}${self._digest(password, salt, 32)}"

    def _digest(self, password: str, salt: str, size: int) -> str:
        return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), self.rounds, size).hex()

    def verify(self, password: str, encoded: str) -> bool:
        """Compare in constant time."""
        _, salt, wanted = encoded.split("$", 2)
        return hmac.compare_digest(self._digest(password, salt, len(wanted) // 2), wanted)

    def decode(self, encoded: str) -> dict[str, Any]:
        """The parts of a stored hash."""
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """What a person may see of it."""
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        """Always: the next sign-in rehashes."""
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to level out."""


class OldPayloadHasher(PayloadHasher):
    """The older kind without a prefix: 25,000 rounds, 512 bytes."""

    algorithm = "payload_v0"
    rounds = 25_000
