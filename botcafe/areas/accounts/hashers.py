"""Password hashers: ours, and those of the old Payload server, whose hashes are replaced at the next sign-in."""

import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher, BCryptSHA256PasswordHasher

from botcafe.kit.lanes import leave_quick_lane


class BcryptHasher(BCryptSHA256PasswordHasher):
    """bcrypt over SHA-256 with the configured cost; bcrypt alone ignores everything after 72 bytes."""

    @property
    def rounds(self) -> int:  # type: ignore[override]
        """The cost (log2 of the rounds)."""
        return int(settings.BCRYPT_ROUNDS)

    def encode(self, password: str, salt: str) -> str:
        """Hash a password; takes a quarter of a second."""
        leave_quick_lane()
        return super().encode(password, salt)


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2 as Django has it."""

    def encode(self, password: str, salt: str) -> str:
        """Hash a password; takes a tenth of a second."""
        leave_quick_lane()
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Compare; takes as long."""
        leave_quick_lane()
        return super().verify(password, encoded)


class PayloadHasher(BasePasswordHasher):
    """Payload's ``pbkdf2-sha256-v1``: 600,000 rounds; stored as ``algorithm$salt$hash`` in hexadecimal."""

    algorithm = "payload_v1"
    rounds = 600_000

    def encode(self, password: str, salt: str) -> str:
        """Required by Django; never used for new passwords."""
        return f"{self.algorithm}${salt}${self._digest(password, salt, 32)}"

    def _digest(self, password: str, salt: str, size: int) -> str:
        leave_quick_lane()
        return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), self.rounds, size).hex()

    def verify(self, password: str, encoded: str) -> bool:
        """Compare in constant time."""
        _, salt, wanted = encoded.split("$", 2)
        return hmac.compare_digest(self._digest(password, salt, len(wanted) // 2), wanted)

    def decode(self, encoded: str) -> dict[str, Any]:
        """Split a stored hash into its parts."""
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """The algorithm only."""
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        """Always True, so that the next sign-in rehashes the password."""
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to do: the hash is replaced at the next sign-in."""


class OldPayloadHasher(PayloadHasher):
    """Payload's older hashes without a prefix: 25,000 rounds, 512 bytes."""

    algorithm = "payload_v0"
    rounds = 25_000
