"""Payload's password hashes in the form that our hashers read; the next sign-in replaces them."""

import string

from django.contrib.auth.hashers import make_password

PREFIX = "pbkdf2-sha256-v1:"
HEX_DIGITS = set(string.hexdigits)
# 192 bits of a hash, so that it fits the column. The first bytes of a long PBKDF2 output equal a shorter output, so a
# clipped hash can still be verified.
MAX_HASH_DIGITS = 48


def encode_payload_hash(salt: object, digest: object) -> str:
    """The encoded hash for the password column; an unusable one where the account had no valid password."""
    kind, found = "payload_v0", str(digest or "")
    if found.startswith(PREFIX):
        kind, found = "payload_v1", found.removeprefix(PREFIX)
    is_valid_salt = isinstance(salt, str) and 8 <= len(salt) <= 64 and set(salt) <= HEX_DIGITS
    if not is_valid_salt or len(found) < MAX_HASH_DIGITS or not set(found) <= HEX_DIGITS:
        return make_password(None)
    return f"{kind}${salt}${found[:MAX_HASH_DIGITS].lower()}"
