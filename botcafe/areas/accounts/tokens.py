"""Session tokens: JWTs signed with HS256, with the claims that clients of the old server read."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings

from botcafe.kit.json_types import JsonValue

MAX_TOKEN_CHARACTERS = 4096


def sign_token(claims: Mapping[str, JsonValue]) -> str:
    """Sign claims as a token."""
    return jwt.encode(dict(claims), settings.SECRET_KEY, algorithm="HS256")


def read_token(token: str, now_seconds: float) -> dict[str, Any] | None:
    """The claims of a valid token of ours; None for any other or an expired one."""
    # Before the cache below: what it keeps must be bounded in size too.
    if len(token) > MAX_TOKEN_CHARACTERS:
        return None
    claims = _verified_claims(token, settings.SECRET_KEY)
    if claims is None or claims.get("collection") != "users" or not isinstance(claims.get("exp"), (int, float)):
        return None
    return claims if claims["exp"] > now_seconds else None


@lru_cache(maxsize=2048)
def _verified_claims(token: str, key: str) -> dict[str, Any] | None:
    """Verify a signature. Cached, as every request needs it and it cannot change; expiry is checked by the caller."""
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False})
    except jwt.InvalidTokenError:
        return None
    return claims
