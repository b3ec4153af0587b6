"""The hooks of an account's password and e-mail address: who may change them, what a change ends, and what is mailed.

Whoever changes the credentials of their own account proves the current password. Where addresses are confirmed
(`VERIFY_EMAIL`), a new one of one's own is held in `pending_email` until its link is opened.
"""

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password

from botcafe.areas.accounts.credentials.passwords import check_new_password, normalize_email
from botcafe.areas.accounts.jobs import send_move_mail, send_moved_notice, send_verify_mail, send_welcome_mail
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import BadRequest, FieldProblem, ValidationFailed
from botcafe.jobs.queue import enqueue

# Where the current password is given, as proof that the account is one's own.
PROOF_FIELD = "current_password"


class _StoredAccount(NamedTuple):
    email: str
    password: str
    name: str | None


def check_credentials(change: Change) -> None:
    """Check and hash a password before the transaction: hashing takes a quarter of a second, too long for a write lock."""
    stored = _find_stored_account(change)
    if stored is not None:
        _check_change_of_credentials(change, stored)
    new_password = change.given.get("password")
    if change.verb == "create" or new_password is not None:
        # A password may not resemble the address or the name.
        email, name = (stored.email, stored.name) if stored else (change.given.get("email"), change.given.get("name"))
        change.values["password"] = make_password(check_new_password(new_password, email=email, name=name))


def _find_stored_account(change: Change) -> _StoredAccount | None:
    found = _account_rows(change).values_list("email", "password", "name").first() if change.row_id else None
    return _StoredAccount(*found) if found else None


def _account_rows(change: Change) -> Any:
    # By the collection: the user table imports this module.
    return change.collection.model.objects.filter(pk=change.row_id)


def _check_change_of_credentials(change: Change, stored: _StoredAccount) -> None:
    email = change.given.get("email")
    is_new_email = isinstance(email, str) and normalize_email(email) not in {"", stored.email}
    is_own = change.actor.id == change.row_id
    if is_own and (is_new_email or change.given.get("password") is not None):
        _require_current_password(change, stored)
    if is_new_email and settings.VERIFY_EMAIL:
        # Each new address is sent a mail, whoever it belongs to.
        limit_rate("mail", f"moving {change.row_id}")


def _require_current_password(change: Change, stored: _StoredAccount) -> None:
    # Imported here, since the user table imports this module.
    from botcafe.areas.accounts.credentials.proof import PROOF_LABEL, find_password_problem

    given = change.given.get(PROOF_FIELD)
    problem = find_password_problem(stored.email, stored.password, change.actor.session_id, given)
    if problem:
        raise ValidationFailed("users", [FieldProblem(PROOF_FIELD, problem, PROOF_LABEL)], change.row_id)


def refuse_credentials_in_bulk(change: Change) -> None:
    """Passwords and addresses are changed one account at a time, where the current password can be asked for."""
    if change.given.get("password") is not None or change.given.get("email") is not None:
        raise BadRequest("Change a password or an address at /api/users/{id}, not for many accounts at once.")


def hold_new_email(change: Change) -> None:
    """Hold a new address of one's own as pending until it is confirmed, where the café confirms addresses."""
    is_own = change.verb == "update" and change.actor.id == change.row_id
    if is_own and settings.VERIFY_EMAIL and _is_email_changed(change):
        change.values["pending_email"] = change.values.pop("email")


def _is_email_changed(change: Change) -> bool:
    before = change.before or {}
    return change.values.get("email", before.get("email")) != before.get("email")


def follow_account_change(change: Change) -> None:
    """Send the mails for a new account or address, and end what the old password or address opened."""
    if change.verb == "create":
        _welcome_account(change)
        return
    pending_email = change.values.get("pending_email")
    is_email_changed = _is_email_changed(change)
    _end_access(change, is_email_changed=is_email_changed or bool(pending_email))
    if pending_email:
        # Once more: ending the sessions has cleared it, with all other changes that were still to be confirmed.
        _account_rows(change).update(pending_email=pending_email)
        enqueue(send_move_mail, user_id=change.row_id, email=pending_email)
    if pending_email or is_email_changed:
        enqueue(send_moved_notice, email=(change.before or {})["email"], is_done=not pending_email)
    if is_email_changed:
        # Nobody has proved the new address, whether or not this café asks for it.
        _account_rows(change).update(verified_at=None)
    if settings.VERIFY_EMAIL and is_email_changed:
        _require_verification(change)


def _welcome_account(change: Change) -> None:
    is_made_by_admin = change.actor.kind == "admin"
    if settings.VERIFY_EMAIL and not is_made_by_admin and not change.values.get("verified_at"):
        _require_verification(change)
    enqueue(send_welcome_mail, email=change.values["email"], name=change.values.get("name") or "")


def _require_verification(change: Change) -> None:
    _account_rows(change).update(verified_at=None)
    enqueue(send_verify_mail, email=change.values["email"])


def _end_access(change: Change, *, is_email_changed: bool) -> None:
    """End what the old password or address opened; the session that changed its own account goes on."""
    # Imported here, since the user table imports this module.
    from botcafe.areas.accounts.access_tokens import revoke_access, revoke_sessions

    user_id = int(change.row_id or 0)
    own_session = change.actor.session_id if change.actor.id == user_id else None
    if change.values.get("is_deactivated"):
        # Access tokens stay: they open nothing while the account is deactivated.
        revoke_sessions(user_id)
    elif "password" in change.values:
        revoke_access(user_id, keep=own_session)
    elif is_email_changed:
        revoke_sessions(user_id, keep=own_session)
