"""Password reset and address verification by mailed tokens.

A token is for the address and the password that the account had when it was made: a change of either ends it. It is used
once, ends by itself, and is stored only as a hash.
"""

import hashlib
import hmac
import secrets
import time
from typing import Literal

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from botcafe.areas.accounts.access_tokens import revoke_access
from botcafe.areas.accounts.actions import SignInResult, open_session
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.credentials.claim import clear_other_ways_in
from botcafe.areas.accounts.credentials.devices import Device
from botcafe.areas.accounts.credentials.guesses import forgive_everybody
from botcafe.areas.accounts.credentials.passwords import check_new_password, normalize_email
from botcafe.areas.accounts.jobs import send_reset_mail
from botcafe.areas.accounts.second_factor.codes import is_on
from botcafe.cms.http.limits import is_within_rate
from botcafe.cms.schema.errors import ApiError, Forbidden
from botcafe.jobs.queue import enqueue
from botcafe.kit.ids import parse_row_id
from botcafe.kit.instants import now

INVALID = "Token is either invalid or has expired."
Purpose = Literal["reset", "verify", "move", "leave"]
SECONDS: dict[Purpose, int] = {"reset": 3600, "verify": 7 * 86400, "move": 86400, "leave": 3600}
MAX_CHARACTERS = 200
MAX_ADDRESS_CHARACTERS = 320


def make_mail_token(purpose: Purpose, email: str) -> str | None:
    """A new token for the account of an address, in place of the one before; None where there is no such account."""
    user = User.objects.filter(email=email).first()
    return _store_token(purpose, user) if user is not None else None


def make_move_token(user_id: int, email: str) -> str | None:
    """A new token that moves an account to the address that it waits for; None where it waits for that no more."""
    user = User.objects.filter(pk=user_id, pending_email=email, is_deactivated=False).first()
    return _store_token("move", user) if user is not None else None


def is_taken(email: str) -> bool:
    """Whether an address has an account. Told to nobody but its owner, by mail."""
    return bool(User.objects.filter(email=email).exists())


def _store_token(purpose: Purpose, user: User) -> str | None:
    token = f"{user.pk}.{int(time.time()) + SECONDS[purpose]}.{secrets.token_urlsafe(24)}"
    # The row is named by what the token is bound to, since it may be changing at this moment.
    mine = User.objects.filter(pk=user.pk, **_bound_to(user))
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
    new = (user.pending_email or "",) if purpose == "move" else ()
    return hashlib.sha256("\n".join((purpose, token, user.email, user.password, *new)).encode()).hexdigest()


def _bound_to(user: User) -> dict[str, str | None]:
    """What a token is for, as a condition: of two requests with one link only one succeeds, and none after a change."""
    return {name: getattr(user, name) for name in ("email", "password", "pending_email")}


def request_password_reset(email: object) -> None:
    """Mail a reset link if the address has an account. Raises ApiError without an address."""
    if not isinstance(email, str) or not email.strip():
        raise ApiError("Missing email.")
    # The same for every address: neither the answer nor its time must tell who has an account. The job finds out.
    # What is mailed to one address has a limit of its own, whoever asks.
    address = normalize_email(email)[:MAX_ADDRESS_CHARACTERS]
    if not settings.RATE_LIMITS or is_within_rate("mail", f"to {address}"):
        enqueue(send_reset_mail, email=address)


def reset_password(token: object, password: object, device: Device) -> SignInResult | None:
    """Set a new password by a mailed token, end all that the old one opened, and sign in.

    None where the account has a second factor: its mail alone does not open it.
    Raises Forbidden and ValidationFailed.
    """
    found = find_by_mail_token("reset", token) if isinstance(password, str) else None
    if found is None:
        raise Forbidden(INVALID)
    hashed = make_password(check_new_password(password, email=found.email, name=found.name))
    with transaction.atomic():
        mine = User.objects.filter(pk=found.pk, reset_token_hash=found.reset_token_hash, **_bound_to(found))
        if not mine.update(password=hashed, verified_at=found.verified_at or now()):
            raise Forbidden(INVALID)
        revoke_access(found.pk)
        if not found.verified_at:
            # Whoever made the account never proved this address, and its owner does so now.
            clear_other_ways_in(found.pk)
        signed_in = None if is_on(found.pk) else open_session(found, device)
    forgive_everybody(found.email)
    return signed_in


def verify_email(token: str) -> bool:
    """Confirm an e-mail address by its mailed token; False for one that is unknown, used, too old, or of before a change."""
    found = find_by_mail_token("verify", token)
    if found is None:
        return _move_account(token)
    mine = User.objects.filter(pk=found.pk, verify_token_hash=found.verify_token_hash, **_bound_to(found))
    return bool(mine.update(verified_at=now(), verify_token_hash=None))


def _move_account(token: str) -> bool:
    """Move an account to the address that it waits for; the link that says so was mailed there."""
    found = find_by_mail_token("move", token)
    if found is None or not found.pending_email:
        return False
    mine = User.objects.filter(pk=found.pk, move_token_hash=found.move_token_hash, **_bound_to(found))
    ended = dict.fromkeys(("pending_email", "move_token_hash", "reset_token_hash", "verify_token_hash"))
    try:
        with transaction.atomic():
            return bool(mine.update(email=found.pending_email, verified_at=now(), updated_at=now(), **ended))
    except IntegrityError:
        # Somebody else has proved meanwhile that the address is theirs.
        return False
