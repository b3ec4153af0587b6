"""The hooks of an account's password and address: who may change them, what a change ends, and what is mailed.

An account that changes its own proves its present password. Where addresses are confirmed, a new one counts only once its
link was opened; until then it waits beside the present one.
"""

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import check_password, is_password_usable, make_password

from botcafe.areas.accounts.credentials.passwords import check_new_password, normalize_email
from botcafe.areas.accounts.jobs import send_move_mail, send_moved_notice, send_verify_mail, send_welcome_mail
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import BadRequest, FieldProblem, Unauthorized, ValidationFailed
from botcafe.jobs.queue import enqueue

PRESENT_FIELD = "current_password"
LABEL = "Current password"


class _StoredAccount(NamedTuple):
    email: str
    password: str
    name: str | None


def _stored(change: Change) -> _StoredAccount | None:
    rows: Any = change.collection.model.objects.filter(pk=change.row_id)
    found = rows.values_list("email", "password", "name").first() if change.row_id else None
    return _StoredAccount(*found) if found else None


def check_credentials(change: Change) -> None:
    """Check and hash a password before the transaction: hashing takes a quarter of a second, too long for a write lock."""
    given, stored = change.given.get("password"), _stored(change)
    email, name = change.given.get("email"), change.given.get("name")
    if stored is not None:
        is_moving = isinstance(email, str) and normalize_email(email) not in {"", stored.email}
        if change.actor.id == change.row_id and (given is not None or is_moving):
            _prove_present_password(change, stored)
        if is_moving and settings.VERIFY_EMAIL:
            limit_rate("mail", f"moving {change.row_id}")
        email, name = stored.email, stored.name
    if change.verb == "create" or given is not None:
        change.values["password"] = make_password(check_new_password(given, email=email, name=name))


def _prove_present_password(change: Change, stored: _StoredAccount) -> None:
    from botcafe.areas.accounts.credentials.guesses import Guesser

    present = change.given.get(PRESENT_FIELD)
    guesser = Guesser(stored.email, f"session {change.actor.session_id}", is_trusted=True)
    if not is_password_usable(stored.password):
        problem = "This account has no password yet: ask for a link to choose one (“forgot password”)."
    elif not isinstance(present, str) or not present:
        problem = "Give your present password to change your password or your address."
    elif guesser.is_locked():
        raise Unauthorized("Too many wrong passwords. Wait ten minutes, or ask for a link to choose a new one.")
    elif check_password(present, stored.password):
        guesser.forgive()
        return
    else:
        guesser.count_failure()
        problem = "This is not your present password."
    raise ValidationFailed("users", [FieldProblem(PRESENT_FIELD, problem, LABEL)], change.row_id)


def refuse_credentials_in_bulk(change: Change) -> None:
    """Passwords and addresses are changed one account at a time, where the present password can be asked for."""
    if change.given.get("password") is not None or change.given.get("email") is not None:
        raise BadRequest("Change a password or an address at /api/users/{id}, not for many accounts at once.")


def hold_new_address(change: Change) -> None:
    """Keep a new address of one's own beside the present one until it is confirmed, where the café confirms addresses."""
    before = change.before or {}
    is_own = change.verb == "update" and change.actor.id == change.row_id
    email = change.values.get("email", before.get("email"))
    if is_own and settings.VERIFY_EMAIL and email != before.get("email"):
        change.values["pending_email"] = email
        del change.values["email"]


def follow_account_change(change: Change) -> None:
    """Send mails for a new account or address, and end other sessions when the password or the address changes."""
    if change.verb == "create":
        if settings.VERIFY_EMAIL and change.actor.kind != "admin" and not change.values.get("verified_at"):
            _send_verification(change)
        enqueue(send_welcome_mail, email=change.values["email"], name=change.values.get("name") or "")
        return
    before = change.before or {}
    pending = change.values.get("pending_email")
    is_moved = change.values.get("email", before.get("email")) != before.get("email")
    _end_access(change, is_moved=is_moved or bool(pending))
    if pending:
        _of(change).update(pending_email=pending)
        enqueue(send_move_mail, user_id=change.row_id, email=pending)
    if pending or is_moved:
        enqueue(send_moved_notice, email=before["email"], is_done=not pending)
    if settings.VERIFY_EMAIL and is_moved:
        _send_verification(change)


def _end_access(change: Change, *, is_moved: bool) -> None:
    """End what the old password or address opened; the session that changed its own account goes on."""
    from botcafe.areas.accounts.access_tokens import revoke_access, revoke_sessions

    account = int(change.row_id or 0)
    keep = change.actor.session_id if change.actor.id == account else None
    if change.values.get("is_deactivated"):
        revoke_sessions(account)
    elif "password" in change.values:
        revoke_access(account, keep=keep)
    elif is_moved:
        revoke_sessions(account, keep=keep)


def _send_verification(change: Change) -> None:
    _of(change).update(verified_at=None)
    enqueue(send_verify_mail, email=change.values["email"])


def _of(change: Change) -> Any:
    return change.collection.model.objects.filter(pk=change.row_id)
