"""Asking for an account to be erased, and taking that back (decision 0110)."""

import logging
import time

from django.conf import settings
from django.contrib.auth.hashers import check_password, is_password_usable
from django.db import transaction

from botcafe.areas.accounts.access_tokens import revoke_access
from botcafe.areas.accounts.collections.erasure import Erasure
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.credentials.guesses import Guesser
from botcafe.areas.accounts.credentials.last_admin import refuse_last_admin
from botcafe.areas.accounts.leaving.mails import send_leave_code, send_leaving_mail
from botcafe.areas.accounts.recovery import find_by_mail_token
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, Forbidden, NotFound, TooMany
from botcafe.jobs.queue import enqueue
from botcafe.kit.ids import parse_row_id
from botcafe.kit.instants import from_epoch, now

logger = logging.getLogger("botcafe.accounts")
DAY_SECONDS = 86400
WRONG = "This is not your password."
LOCKED = "Too many wrong passwords. Wait ten minutes and try again."
CODE_SENT = "This account has no password, so we sent you a mail: its link confirms that the account is to be erased."
CODE_WRONG = "This link is too old or was used before. Ask for a new one."
BEGUN = "The erasure of this account has begun and cannot be taken back."


class LeaveCodeNeeded(Forbidden):
    """An account without a password confirms by a mailed link."""

    code = "leave_code_needed"

    def __init__(self, message: str) -> None:
        super().__init__(message, {"code": self.code})


def ask_to_leave(actor: Actor, *, password: object = None, code: object = None, immediately: bool = False) -> str:
    """Have the actor's account erased after the days of grace, or at once; returns the instant. Again gives the same answer.

    Raises Forbidden for a wrong password or code, TooMany after many, and BadRequest for the last admin.
    """
    user = User.objects.filter(pk=actor.id).first()
    if user is None:
        raise Forbidden
    _prove(user, actor, password, code)
    return begin_leaving(user, immediately=immediately)


def begin_leaving(user: User, *, immediately: bool = False) -> str:
    """Note that an account is to be erased, and mail so; returns when. Raises BadRequest for the last admin."""
    grace = 0 if immediately else settings.ERASURE_GRACE_DAYS
    due_at = from_epoch(time.time() + grace * DAY_SECONDS)
    with transaction.atomic():
        if user.role == "admin":
            refuse_last_admin(User, user.pk)
        # Locked, so that of two requests at once one finds the other's row.
        User.objects.select_for_update().get(pk=user.pk)
        present = Erasure.objects.filter(account=user.pk, finished_at="").first()
        if present is not None and (not immediately or present.due_at <= due_at):
            return str(present.due_at)
        if present is not None:
            Erasure.objects.filter(pk=present.pk).update(due_at=due_at)
        else:
            Erasure.objects.create(account=user.pk, asked_at=now(), due_at=due_at)
        User.objects.filter(pk=user.pk).update(leaves_at=due_at, leave_token_hash=None)
        if grace:
            enqueue(send_leaving_mail, email=user.email, state="asked", day=due_at[:10])
    return due_at


def take_back(actor: Actor) -> None:
    """Keep the account after all; without a wish to leave nothing happens. Raises Conflict once the erasure has begun."""
    with transaction.atomic():
        row = Erasure.objects.select_for_update().filter(account=int(actor.id or 0), finished_at="").first()
        if row is None:
            return
        if row.started_at:
            raise Conflict(BEGUN)
        row.delete()
        User.objects.filter(pk=actor.id).update(leaves_at="")
        enqueue(send_leaving_mail, email=actor.email, state="kept", day="")


def _prove(user: User, actor: Actor, password: object, code: object) -> None:
    """Raises Forbidden and TooMany."""
    if code:
        found = find_by_mail_token("leave", code)
        if found is None or found.pk != user.pk:
            raise Forbidden(CODE_WRONG)
        return
    if not is_password_usable(user.password):
        limit_rate("mail", f"leaving {user.pk}")
        enqueue(send_leave_code, email=user.email)
        raise LeaveCodeNeeded(CODE_SENT)
    guesser = Guesser(user.email, f"session {actor.session_id}", is_trusted=True)
    if guesser.is_locked():
        raise TooMany(LOCKED)
    if not isinstance(password, str) or not check_password(password, user.password):
        guesser.count_failure()
        raise Forbidden(WRONG)
    guesser.forgive()


def has_password(actor: Actor) -> bool:
    """Whether the actor's account has a password to confirm with."""
    stored = User.objects.filter(pk=actor.id).values_list("password", flat=True).first()
    return bool(stored) and is_password_usable(stored)


def find_leaver(who: str) -> User:
    """The account with a number or an address, for the command. Raises NotFound."""
    number = parse_row_id(who)
    rows = User.objects.filter(pk=number) if number else User.objects.filter(email=who.strip().lower())
    found: User | None = rows.first()
    if found is None:
        raise NotFound(f"There is no account {who}.")
    return found


def remind_leavers() -> int:
    """Mail those whose accounts are erased within a day; returns how many."""
    soon = from_epoch(time.time() + DAY_SECONDS)
    rows = Erasure.objects.filter(finished_at="", started_at="", reminded_at="", due_at__lte=soon)
    count = 0
    for row in rows:
        with transaction.atomic():
            is_ours = Erasure.objects.filter(pk=row.pk, reminded_at="").update(reminded_at=now())
            email = User.objects.filter(pk=row.account).values_list("email", flat=True).first()
            # Whoever asked less than a day ago has just had the first mail.
            if is_ours and email and row.asked_at < from_epoch(time.time() - DAY_SECONDS):
                enqueue(send_leaving_mail, email=email, state="soon", day=row.due_at[:10])
                count += 1
    return count


def list_due_erasures() -> list[int]:
    """The erasures that are due or were broken off."""
    rows = Erasure.objects.filter(finished_at="", due_at__lte=now()).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True))


def start_erasure(number: int) -> Erasure | None:
    """Close the account of an erasure that is due, so that nobody writes any more; None where it is not to begin."""
    with transaction.atomic():
        row = Erasure.objects.select_for_update().filter(pk=number, finished_at="", due_at__lte=now()).first()
        if row is None or row.started_at:
            return row
        user = User.objects.filter(pk=row.account).first()
        if user is not None:
            if user.role == "admin":
                try:
                    refuse_last_admin(User, user.pk)
                except BadRequest:
                    logger.warning("account %s is not erased: it has become the only one that runs this café", user.pk)
                    return None
            row.address, row.language = user.email, user.language
            User.objects.filter(pk=user.pk).update(is_deactivated=True)
            revoke_access(user.pk)
        row.started_at = now()
        row.save(update_fields=["address", "language", "started_at"])
        return row
