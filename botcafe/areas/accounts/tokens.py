"""Session tokens: JWT, HS256, as the old clients know them."""

from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings

CLAIMS = ("role", "id", "collection", "email", "sid", "iat", "exp")


def sign_token(claims: dict[str, Any]) -> str:
    """A signed token."""
    return jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")


def read_token(token: str, now_seconds: float) -> dict[str, Any] | None:
    """The claims of a token of ours that has not run out; None for any other."""
    claims = _verified_claims(token, settings.SECRET_KEY)
    if claims is None or claims.get("collection") != "users" or not isinstance(claims.get("exp"), (int, float)):
        return None
    return claims if claims["exp"] > now_seconds else None


@lru_cache(maxsize=2048)
def _verified_claims(token: str, key: str) -> dict[str, Any] | None:
    """The signature's verdict, kept: it cannot change. Running out is looked at each time."""
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False})
    except jwt.InvalidTokenError:
        return None
    return claims
