"""Password reset and address verification by mailed tokens.

A token is for the address and the password that the account had when it was made: a change of either ends it. It is used
once, ends by itself, and is stored only as a hash.
"""

import hashlib
import hmac
import secrets
import time
from typing import Literal

from django.contrib.auth.hashers import make_password
from django.db import transaction

from botcafe.areas.accounts.access_tokens import revoke_access
from botcafe.areas.accounts.actions import Device, SignInResult, open_session
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.jobs import send_reset_mail
from botcafe.areas.accounts.passwords import check_new_password, normalize_email
from botcafe.cms.schema.errors import ApiError, Forbidden
from botcafe.jobs.queue import enqueue
from botcafe.kit.ids import parse_row_id
from botcafe.kit.instants import now

INVALID = "Token is either invalid or has expired."
Purpose = Literal["reset", "verify"]
SECONDS: dict[Purpose, int] = {"reset": 3600, "verify": 7 * 86400}
MAX_CHARACTERS = 200


def make_mail_token(purpose: Purpose, email: str) -> str | None:
    """A new token for the account of an address, in place of the one before; None where there is no such account."""
    user = User.objects.filter(email=email).first()
    if user is None:
        return None
    token = f"{user.pk}.{int(time.time()) + SECONDS[purpose]}.{secrets.token_urlsafe(24)}"
    # The row is named by what the token is bound to, since it may be changing at this moment.
    mine = User.objects.filter(pk=user.pk, email=user.email, password=user.password)
    return token if mine.update(**{f"{purpose}_token_hash": _bound_hash(purpose, token, user)}) else None


def find_by_mail_token(purpose: Purpose, token: object) -> User | None:
    """The account that a token is for; None for one that is used, too old, or made before a change of the account."""
    if not isinstance(token, str) or len(token) > MAX_CHARACTERS or token.count(".") != 2:
        return None
    user_id, expires, _ = token.split(".")
    if parse_row_id(user_id) is None or not (expires.isascii() and expires.isdecimal()) or int(expires) < time.time():
        return None
    user: User | None = User.objects.filter(pk=int(user_id), is_deactivated=False).first()
    stored = getattr(user, f"{purpose}_token_hash", None) if user else None
    if user is None or not stored or not hmac.compare_digest(str(stored), _bound_hash(purpose, token, user)):
        return None
    return user


def _bound_hash(purpose: Purpose, token: str, user: User) -> str:
    # A fast hash is enough: 192 random bits are in the token, and nobody can guess them.
    return hashlib.sha256("\n".join((purpose, token, user.email, user.password)).encode()).hexdigest()


def request_password_reset(email: object) -> None:
    """Mail a reset link if the address has an account. Raises ApiError without an address."""
    if not isinstance(email, str) or not email.strip():
        raise ApiError("Missing email.")
    # No error for an unknown address: the response must not tell who has an account.
    if User.objects.filter(email=normalize_email(email)).exists():
        enqueue(send_reset_mail, email=normalize_email(email))


def reset_password(token: object, password: object, device: Device) -> SignInResult:
    """Set a new password by a mailed token, end all that the old one opened, and sign in.

    Raises Forbidden and ValidationFailed.
    """
    found = find_by_mail_token("reset", token) if isinstance(password, str) else None
    if found is None:
        raise Forbidden(INVALID)
    check_new_password(password)
    hashed = make_password(str(password))
    with transaction.atomic():
        # Token, address and password are part of the condition: of two requests with one link only one succeeds, and
        # none after the account has changed meanwhile.
        bound = {name: getattr(found, name) for name in ("email", "password", "reset_token_hash")}
        mine = User.objects.filter(pk=found.pk, **bound)
        fresh = {"login_attempts": 0, "lock_until": None, "verified_at": found.verified_at or now()}
        if not mine.update(password=hashed, **fresh):
            raise Forbidden(INVALID)
        revoke_access(found.pk)
        return open_session(found, device)


def verify_email(token: str) -> bool:
    """Confirm an e-mail address by its mailed token; False for one that is unknown, used, too old, or of before a change."""
    found = find_by_mail_token("verify", token)
    if found is None:
        return False
    mine = User.objects.filter(pk=found.pk, email=found.email, verify_token_hash=found.verify_token_hash)
    return bool(mine.update(verified_at=now(), verify_token_hash=None))
