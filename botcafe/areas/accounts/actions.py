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
from botcafe.areas.accounts.credentials.devices import Device, is_device_of, make_device_mark
from botcafe.areas.accounts.credentials.first_admin import CODE_FIELD
from botcafe.areas.accounts.credentials.guesses import forgive_codes, forgive_everybody, guesser_on
from botcafe.areas.accounts.credentials.hooks import PROOF_FIELD
from botcafe.areas.accounts.credentials.passwords import check_new_password, normalize_email
from botcafe.areas.accounts.jobs import send_known_mail
from botcafe.areas.accounts.queries import session_handle
from botcafe.areas.accounts.retention import DAYS_FIELD
from botcafe.areas.accounts.second_factor.steps import require_second_factor
from botcafe.areas.accounts.starter_account import count_accounts
from botcafe.areas.legal.consent import AGREEMENTS_FIELD
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import ANONYMOUS, SYSTEM, Actor
from botcafe.cms.schema.errors import (
    TAKEN_EMAIL,
    ApiError,
    FieldProblem,
    Forbidden,
    Unauthorized,
    ValidationFailed,
    missing_value,
)
from botcafe.cms.write import write_operations
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import from_epoch, now
from botcafe.kit.json_types import JsonObject

API_SECONDS, PAGE_SECONDS = 2 * 3600, 30 * 86400
MAX_EMAIL_CHARACTERS = 320
CLOSED = "Sign-up is closed here."
WRONG = "The email or password provided is incorrect."
LOCKED = "This user is locked due to having too many failed login attempts."


@dataclass(frozen=True, slots=True)
class SignInResult:
    """A session token, when it expires (seconds since 1970), its actor, and a mark for the device, if it is new."""

    token: str
    expires: int
    actor: Actor
    device_mark: str = ""


def sign_in(
    email: object, password: object, device: Device, *, code: object = None, seconds: int = API_SECONDS
) -> SignInResult:
    """Check a password, and the code where the account has a second factor, and open a session.

    Raises ValidationFailed without a password, Unauthorized if something is wrong or locked, and SecondFactorNeeded where
    a code is missing.
    """
    for name, given in (("email", email), ("password", password)):
        if not isinstance(given, str) or not given:
            raise ValidationFailed("users", [FieldProblem(name, "This field is required.")])
    address = normalize_email(email)[:MAX_EMAIL_CHARACTERS]
    user = User.objects.filter(email=address).first()
    # Counted and refused alike whether the address has an account or not: nothing tells who has one.
    guesser = guesser_on(address, user, device)
    if guesser.is_locked():
        raise Unauthorized(LOCKED)
    if user is None:
        # As slow as a real check: the time of the response must not tell it either.
        make_password(str(password))
    if user is None or not check_password(str(password), user.password, setter=lambda raw: _rehash(user, raw)):
        guesser.count_failure()
        raise Unauthorized(WRONG)
    refuse_inactive(user)
    require_second_factor(user, device, code)
    # Not before the code: whoever knows the password alone would get new tries for it.
    guesser.forgive()
    return open_session(user, device, seconds=seconds)


def _rehash(user: User, raw: str) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password(raw))


def refuse_inactive(user: User) -> None:
    """Raises Unauthorized for an account that is deactivated, or whose address is not confirmed where it has to be."""
    if user.is_deactivated:
        raise Unauthorized("This account has been deactivated. Ask those who run this café.")
    if settings.VERIFY_EMAIL and not user.verified_at:
        raise Unauthorized("Please confirm your e-mail address first: the link is in the mail we sent you.")


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
    mark = "" if is_device_of(user.pk, device.mark) else make_device_mark(user.pk)
    return _sign_in_result(user, session.id, moment, seconds, mark)


def _sign_in_result(user: User, session_id: str, moment: int, seconds: int, mark: str = "") -> SignInResult:
    claims = {"role": user.role, "id": user.pk, "collection": "users", "email": user.email, "sid": session_id}
    # Unlocked keys are encrypted under the token: a token that is signed again must not be the same text.
    claims["jti"] = secrets.token_urlsafe(16)
    token = tokens.sign_token({**claims, "iat": moment, "exp": moment + seconds})
    actor = Actor("admin" if user.role == "admin" else "user", user.pk, session_id, user.email, user.name or "")
    return SignInResult(token, moment + seconds, actor, mark)


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


def register_account(data: JsonObject, device: Device, *, is_first: bool = False) -> SignInResult | None:
    """Create an account and sign in; None where the address must be confirmed first.

    The first account of an empty installation becomes its admin, with the ``code`` for it; with ``is_first`` no other is
    made. Raises Forbidden where sign-up is closed or the ``invite`` is not valid, and ValidationFailed for a bad address
    or password.
    """
    was_empty = count_accounts() == 0
    if not was_empty and (is_first or settings.SIGNUP == "closed"):
        raise Forbidden(CLOSED) if not is_first else Forbidden()
    if not data.get("password"):
        raise ValidationFailed("users", [missing_value("password")])
    fields = ("email", "name", "password", CODE_FIELD, AGREEMENTS_FIELD)
    draft = write_operations.prepare_document(USERS, ANONYMOUS, {name: data.get(name) for name in fields})
    with transaction.atomic():
        if settings.SIGNUP == "invite" and not was_empty:
            _use_invite(data.get("invite"))
        try:
            user_id = write_operations.insert_document(USERS, ANONYMOUS, draft)
        except ValidationFailed as error:
            # Where addresses are confirmed, only the owner of one learns that it has an account: by mail.
            if not (settings.VERIFY_EMAIL and is_taken_address(error)):
                raise
            enqueue(send_known_mail, email=draft.columns["email"])
            return None
        user = User.objects.get(pk=user_id)
        # Of several who found the café empty, only one has made its first account.
        if was_empty and user.role != "admin" and (is_first or settings.SIGNUP != "open"):
            raise Forbidden() if is_first else Forbidden(CLOSED)
    if settings.VERIFY_EMAIL and not user.verified_at:
        return None
    return open_session(user, device, seconds=PAGE_SECONDS)


def is_taken_address(error: ValidationFailed) -> bool:
    """Whether all that is wrong with a new account is that its address has one."""
    return [(problem.path, problem.message) for problem in error.problems] == [("email", TAKEN_EMAIL)]


def _use_invite(given: object) -> None:
    code = given if isinstance(given, str) and "\x00" not in given else ""
    # Condition and decrement are one statement: two people cannot share the last use.
    valid = Invite.objects.filter(code=code.strip(), uses_left__gte=1).exclude(expires_at__lte=now())
    if not code or not valid.update(uses_left=F("uses_left") - 1):
        raise Forbidden("This invitation is not valid, or it has been used up.")


def register_first_admin(data: JsonObject, device: Device) -> SignInResult:
    """Create the admin of an empty installation. Raises Forbidden once there is an account, and without the code."""
    signed_in = register_account(data, device, is_first=True)
    if signed_in is None:
        raise Forbidden
    return signed_in


def unlock_account(actor: Actor, email: object) -> None:
    """Lift a lockout. Only admins have an effect; others get the same response. Raises Forbidden for anonymous callers."""
    if not actor.is_signed_in:
        raise Forbidden
    if actor.is_admin and isinstance(email, str):
        forgive_everybody(normalize_email(email))
        forgive_codes(normalize_email(email))


def change_name(actor: Actor, name: str) -> None:
    """Change the display name."""
    write_operations.update_by_id(USERS, actor, int(actor.id or 0), {"name": name}, Query({"depth": "0"}))


def change_retention(actor: Actor, days: int | None) -> None:
    """Set after how many days the actor's messages are erased; None keeps them. Raises ValidationFailed."""
    policy = {DAYS_FIELD: days} if days is not None else None
    data = {"data_retention_policy": policy}
    write_operations.update_by_id(USERS, actor, int(actor.id or 0), data, Query({"depth": "0"}))


def change_about(actor: Actor, region: str, birth_year: int | None) -> None:
    """Change the actor's region and year of birth. Raises ValidationFailed, and Forbidden where a minor would grow older."""
    given = {"region": region or None, "birth_year": birth_year}
    write_operations.update_by_id(USERS, actor, int(actor.id or 0), given, Query({"depth": "0"}))


def change_password(actor: Actor, present: str, new: str) -> None:
    """Change the actor's password, which ends their other sessions. Raises ValidationFailed."""
    _change_credentials(actor, present, {"password": new})


def change_email(actor: Actor, present: str, email: str) -> None:
    """Change the actor's e-mail address, once it is confirmed where the café asks for that. Raises ValidationFailed."""
    _change_credentials(actor, present, {"email": email})


def _change_credentials(actor: Actor, present: str, data: JsonObject) -> None:
    given = {**data, PROOF_FIELD: present}
    write_operations.update_by_id(USERS, actor, int(actor.id or 0), given, Query({"depth": "0"}))


def create_admin(email: str, password: str) -> int:
    """Create an admin, or make an existing account one, from the command line; returns the id. Raises ValidationFailed."""
    found = User.objects.filter(email=normalize_email(email)).first()
    if found is not None:
        hashed = make_password(check_new_password(password, email=found.email, name=found.name))
        User.objects.filter(pk=found.pk).update(role="admin", password=hashed, is_deactivated=False)
        revoke_access(found.pk)
        return int(found.pk)
    draft = write_operations.prepare_document(USERS, SYSTEM, {"email": email, "password": password, "role": "admin"})
    with transaction.atomic():
        user_id = write_operations.insert_document(USERS, SYSTEM, draft)
        User.objects.filter(pk=user_id).update(role="admin", verified_at=now())
    return user_id
