"""Password reset and address verification by mailed single-use tokens, stored only as hashes."""

import hashlib
import secrets
import time

from django.contrib.auth.hashers import make_password
from django.db import transaction

from botcafe.areas.accounts.actions import Device, SignInResult, open_session
from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.accounts.jobs import send_reset_mail
from botcafe.areas.accounts.passwords import check_new_password, normalize_email
from botcafe.cms.schema.errors import ApiError, Forbidden
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import from_epoch, now

RESET_SECONDS = 3600
INVALID = "Token is either invalid or has expired."


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def request_password_reset(email: object) -> None:
    """Mail a reset link if the address has an account. Raises ApiError without an address."""
    if not isinstance(email, str) or not email.strip():
        raise ApiError("Missing email.")
    # No error for an unknown address: the response must not tell who has an account.
    token = secrets.token_hex(20)
    expires = from_epoch(time.time() + RESET_SECONDS)
    with transaction.atomic():
        mine = User.objects.filter(email=normalize_email(email))
        if mine.update(reset_token_hash=_hash_token(token), reset_expires_at=expires):
            enqueue(send_reset_mail, email=normalize_email(email), token=token)


def reset_password(token: object, password: object, device: Device) -> SignInResult:
    """Set a new password by a mailed token, end all sessions and sign in. Raises Forbidden and ValidationFailed."""
    found = None
    if isinstance(token, str) and token and isinstance(password, str):
        found = User.objects.filter(reset_token_hash=_hash_token(token), reset_expires_at__gt=now()).first()
    if found is None or found.is_deactivated:
        raise Forbidden(INVALID)
    check_new_password(password)
    hashed = make_password(str(password))
    with transaction.atomic():
        # The token is part of the condition: of two requests with the same link only one succeeds.
        mine = User.objects.filter(pk=found.pk, reset_token_hash=_hash_token(str(token)))
        fresh = {"reset_token_hash": None, "reset_expires_at": None, "login_attempts": 0, "lock_until": None}
        if not mine.update(password=hashed, verified_at=found.verified_at or now(), **fresh):
            raise Forbidden(INVALID)
        Session.objects.filter(user=found).delete()
        return open_session(found, device)


def verify_email(token: str) -> bool:
    """Confirm an e-mail address by its mailed token; False for an unknown or used one."""
    mine = User.objects.filter(verify_token_hash=_hash_token(token)) if token else User.objects.none()
    return bool(mine.update(verified_at=now(), verify_token_hash=None))
