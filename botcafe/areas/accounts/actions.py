"""Sign in and out, register, and change the credentials of an account."""

import secrets
import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from botcafe.areas.accounts import tokens
from botcafe.areas.accounts.access_tokens import revoke_access
from botcafe.areas.accounts.collections.invite import Invite
from botcafe.areas.accounts.collections.user import USERS, Session, User
from botcafe.areas.accounts.passwords import normalize_email
from botcafe.areas.accounts.queries import session_handle
from botcafe.areas.accounts.starter_account import count_accounts
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.errors import ApiError, FieldProblem, Forbidden, Unauthorized, ValidationFailed, missing_value
from botcafe.cms.write import write_operations
from botcafe.kit.instants import from_epoch, now

API_SECONDS, PAGE_SECONDS = 2 * 3600, 30 * 86400
MAX_LOGIN_ATTEMPTS, LOCK_SECONDS = 5, 600
WRONG = "The email or password provided is incorrect."
LOCKED = "This user is locked due to having too many failed login attempts."


@dataclass(frozen=True, slots=True)
class Device:
    """Where a session comes from, for the user's list of sessions."""

    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class SignInResult:
    """A session token, when it expires (seconds since 1970), and its actor."""

    token: str
    expires: int
    actor: Actor


def sign_in(email: object, password: object, device: Device, *, seconds: int = API_SECONDS) -> SignInResult:
    """Check a password and open a session. Raises ValidationFailed without one, Unauthorized if it is wrong or locked."""
    for name, given in (("email", email), ("password", password)):
        if not isinstance(given, str) or not given:
            raise ValidationFailed("users", [FieldProblem(name, "This field is required.")])
    user = User.objects.filter(email=normalize_email(email)).first()
    if user is None:
        # As slow as a real check: the time of the response must not tell who has an account.
        make_password(str(password))
        raise Unauthorized(WRONG)
    if user.lock_until and user.lock_until > now():
        raise Unauthorized(LOCKED)
    if not check_password(str(password), user.password, setter=lambda raw: _rehash(user, raw)):
        _count_failure(user)
        raise Unauthorized(WRONG)
    _refuse_inactive(user)
    if user.login_attempts or user.lock_until:
        User.objects.filter(pk=user.pk).update(login_attempts=0, lock_until=None)
    return open_session(user, device, seconds=seconds)


def _rehash(user: User, raw: str) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password(raw))


def _refuse_inactive(user: User) -> None:
    if user.is_deactivated:
        raise Unauthorized("This account has been deactivated. Ask those who run this café.")
    if settings.VERIFY_EMAIL and not user.verified_at:
        raise Unauthorized("Please confirm your e-mail address first: the link is in the mail we sent you.")


def _count_failure(user: User) -> None:
    """Count a failed attempt in the database, so that parallel ones all count, and lock the account after five."""
    mine = User.objects.filter(pk=user.pk)
    if user.lock_until and user.lock_until <= now():
        mine.update(login_attempts=1, lock_until=None)
        return
    mine.update(login_attempts=F("login_attempts") + 1)
    mine.filter(login_attempts__gte=MAX_LOGIN_ATTEMPTS).update(lock_until=from_epoch(time.time() + LOCK_SECONDS))


def open_session(user: User, device: Device, *, seconds: int = API_SECONDS) -> SignInResult:
    """Create a session, which pages and tokens share, and delete the user's expired ones."""
    moment = int(time.time())
    session = Session.objects.create(
        id=str(uuid.uuid4()),
        user=user,
        created_at=now(),
        expires_at=from_epoch(moment + seconds),
        last_seen_at=now(),
        device=device.name[:300],
        address=device.address[:100],
    )
    Session.objects.filter(user=user, expires_at__lt=now()).delete()
    return _sign_in_result(user, session.id, moment, seconds)


def _sign_in_result(user: User, session_id: str, moment: int, seconds: int) -> SignInResult:
    claims = {"role": user.role, "id": user.pk, "collection": "users", "email": user.email, "sid": session_id}
    # Unlocked keys are encrypted under the token: a token that is signed again must not be the same text.
    claims["jti"] = secrets.token_urlsafe(16)
    token = tokens.sign_token({**claims, "iat": moment, "exp": moment + seconds})
    actor = Actor("admin" if user.role == "admin" else "user", user.pk, session_id, user.email, user.name or "")
    return SignInResult(token, moment + seconds, actor)


def refresh_session(actor: Actor) -> SignInResult:
    """Extend the session and sign a new token for it. Raises Forbidden for anonymous callers."""
    if not actor.session_id:
        raise Forbidden
    user = User.objects.get(pk=actor.id)
    moment = int(time.time())
    Session.objects.filter(pk=actor.session_id).update(expires_at=from_epoch(moment + API_SECONDS), last_seen_at=now())
    return _sign_in_result(user, actor.session_id, moment, API_SECONDS)


def sign_out(actor: Actor, *, everywhere: bool = False) -> None:
    """End this session, or (``everywhere``) all of the account's. Raises ApiError where nobody is signed in."""
    if not actor.session_id:
        raise ApiError("No User")
    mine = Session.objects.filter(user=actor.id)
    (mine if everywhere else mine.filter(pk=actor.session_id)).delete()


def revoke_session(actor: Actor, handle: str) -> bool:
    """End one of the actor's sessions by its handle; False where there is none."""
    for session in Session.objects.filter(user=actor.id):
        if session_handle(session.id) == handle:
            session.delete()
            return True
    return False


def revoke_other_sessions(actor: Actor) -> int:
    """End all sessions but this one; returns how many."""
    return Session.objects.filter(user=actor.id).exclude(pk=actor.session_id).delete()[0]


def register_account(data: dict[str, object], device: Device, invite: str = "") -> SignInResult | None:
    """Create an account and sign in; None where the address must be confirmed first.

    The first account of an empty installation becomes its admin. Raises Forbidden where sign-up is closed or the
    invitation is not valid, and ValidationFailed for a bad address or password.
    """
    is_first = count_accounts() == 0
    if settings.SIGNUP == "closed" and not is_first:
        raise Forbidden("Sign-up is closed here.")
    if not data.get("password"):
        raise ValidationFailed("users", [missing_value("password")])
    draft = write_operations.prepare_document(USERS, SYSTEM, {k: data.get(k) for k in ("email", "name", "password")})
    with transaction.atomic():
        if settings.SIGNUP == "invite" and not is_first:
            _use_invite(invite)
        draft.columns["role"] = "user"
        user_id = write_operations.insert_document(USERS, SYSTEM, draft)
        if count_accounts() == 1:
            User.objects.filter(pk=user_id).update(role="admin", verified_at=now())
    user = User.objects.get(pk=user_id)
    if settings.VERIFY_EMAIL and not user.verified_at:
        return None
    return open_session(user, device, seconds=PAGE_SECONDS)


def _use_invite(code: str) -> None:
    # Condition and decrement are one statement: two people cannot share the last use.
    valid = Invite.objects.filter(code=code.strip(), uses_left__gte=1).exclude(expires_at__lte=now())
    if not code or not valid.update(uses_left=F("uses_left") - 1):
        raise Forbidden("This invitation is not valid, or it has been used up.")


def register_first_admin(data: dict[str, object], device: Device) -> SignInResult:
    """Create the admin of an empty installation. Raises Forbidden once there is an account."""
    if count_accounts():
        raise Forbidden
    signed_in = register_account(data, device)
    if signed_in is None:
        raise Forbidden
    return signed_in


def unlock_account(actor: Actor, email: object) -> None:
    """Lift a lockout. Only admins have an effect; others get the same response. Raises Forbidden for anonymous callers."""
    if not actor.is_signed_in:
        raise Forbidden
    if actor.is_admin and isinstance(email, str):
        User.objects.filter(email=normalize_email(email)).update(login_attempts=0, lock_until=None)


def change_name(actor: Actor, name: str) -> None:
    """Change the display name."""
    write_operations.update_by_id(USERS, actor, int(actor.id or 0), {"name": name}, Query({"depth": "0"}))


def change_password(actor: Actor, present: str, new: str) -> None:
    """Change the actor's password, which ends their other sessions. Raises ValidationFailed."""
    user = User.objects.get(pk=actor.id)
    if not check_password(present, user.password):
        raise ValidationFailed("users", [FieldProblem("present", "This is not your present password.", "Present")])
    write_operations.update_by_id(USERS, actor, user.pk, {"password": new}, Query({"depth": "0"}))


def change_email(actor: Actor, present: str, email: str) -> None:
    """Change the actor's e-mail address. Raises ValidationFailed."""
    user = User.objects.get(pk=actor.id)
    if not check_password(present, user.password):
        raise ValidationFailed("users", [FieldProblem("present", "This is not your present password.", "Present")])
    write_operations.update_by_id(USERS, actor, user.pk, {"email": email}, Query({"depth": "0"}))


def create_admin(email: str, password: str) -> int:
    """Create an admin, or make an existing account one, from the command line; returns the id."""
    found = User.objects.filter(email=email.strip().lower()).first()
    if found is not None:
        User.objects.filter(pk=found.pk).update(role="admin", password=make_password(password), is_deactivated=False)
        revoke_access(found.pk)
        return int(found.pk)
    draft = write_operations.prepare_document(USERS, SYSTEM, {"email": email, "password": password, "role": "admin"})
    with transaction.atomic():
        user_id = write_operations.insert_document(USERS, SYSTEM, draft)
        User.objects.filter(pk=user_id).update(role="admin", verified_at=now())
    return user_id
