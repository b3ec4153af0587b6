"""Password hashes of Payload in the form that our hashers read, until the next sign-in writes a new one."""

import string
from typing import Any

from django.contrib.auth.hashers import make_password

PREFIX = "pbkdf2-sha256-v1:"
HEX = set(string.hexdigits)
KEPT_DIGITS = 48
"""Of a hash, so many digits are kept (192 bits): then it fits the column. PBKDF2 makes its output block by block, so
the first bytes of a longer one are what a shorter run gives."""


def carried_over(salt: Any, digest: Any) -> str:
    """The stored form; unusable where the account had no password."""
    kind, found = "payload_v0", str(digest or "")
    if found.startswith(PREFIX):
        kind, found = "payload_v1", found.removeprefix(PREFIX)
    sound = isinstance(salt, str) and 8 <= len(salt) <= 64 and set(salt) <= HEX
    if not sound or len(found) < KEPT_DIGITS or not set(found) <= HEX:
        return make_password(None)
    return f"{kind}${salt}${found[:KEPT_DIGITS].lower()}"
