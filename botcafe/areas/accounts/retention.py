"""How long a person wants their messages kept: the policy of an account, and when it is enforced first."""

import time
from dataclasses import dataclass

from django.conf import settings

from botcafe.areas.accounts.jobs import send_retention_mail
from botcafe.cms.http.limits import is_within_rate
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import from_epoch, now, to_epoch

DAYS_FIELD = "messages_days"
MIN_DAYS, MAX_DAYS = 30, 3650
NOTICE_DAYS = 14
DAY_SECONDS = 86400
RIGHT = (
    f'Give {{"{DAYS_FIELD}": days}} with a whole number from {MIN_DAYS} to {MAX_DAYS:,}, or null to keep every message.'
)


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """After how many days messages are erased (None: never), and the first day on which that happens."""

    messages_days: int | None
    first_day: str = ""


def days_ago(days: float) -> str:
    """The instant so many days before now."""
    return from_epoch(time.time() - days * DAY_SECONDS)


def first_day_after(since: str) -> str:
    """The instant from which a policy that was set at ``since`` is enforced: nobody loses a message without notice."""
    return from_epoch(to_epoch(since) + NOTICE_DAYS * DAY_SECONDS)


def mail_notice(email: str, days: float, chat: str = "") -> None:
    """Mail after how many days messages will be erased (of one chat, or of all), and from which day on."""
    # A mail for each change would let somebody fill the mailbox of an address that is not theirs.
    if settings.RATE_LIMITS and not is_within_rate("mail", f"to {email}"):
        return
    enqueue(send_retention_mail, email=email, days=int(days), chat=chat[:200], first_day=first_day_after(now()))


def is_stricter(new: int | None, former: object) -> bool:
    """Whether fewer days are kept than before."""
    is_number = isinstance(former, int | float) and not isinstance(former, bool)
    return new is not None and (not is_number or new < former)  # type: ignore[operator]


def read_policy(given: object, since: str | None) -> RetentionPolicy:
    """The policy of an account as it is stored; what does not fit keeps everything."""
    days = given.get(DAYS_FIELD) if isinstance(given, dict) else None
    if not since or not isinstance(days, int) or isinstance(days, bool) or days < MIN_DAYS:
        return RetentionPolicy(None)
    return RetentionPolicy(days, first_day_after(since))


def check_retention_policy(change: Change) -> None:
    """A hook of accounts: refuse a policy that is none, note when it was set, and mail what it will do and when.

    Raises ValidationFailed with the path of what does not fit.
    """
    if "data_retention_policy" not in change.values:
        return
    given = change.values["data_retention_policy"]
    _refuse_wrong(change, given)
    days = given.get(DAYS_FIELD) if given else None
    before = change.before or {}
    former = before.get("data_retention_policy")
    if is_stricter(days, former.get(DAYS_FIELD) if isinstance(former, dict) else None):
        change.values["retention_since"] = now()
        mail_notice(str(change.values.get("email") or before.get("email")), float(days or 0))
    elif days is None:
        change.values["retention_since"] = None


def _refuse_wrong(change: Change, given: object) -> None:
    path = "data_retention_policy"
    if given is None:
        return
    if not isinstance(given, dict):
        raise _refusal(change, path)
    for name in given:
        if name != DAYS_FIELD:
            raise _refusal(change, f"{path}.{str(name)[:50]}")
    days = given.get(DAYS_FIELD)
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not MIN_DAYS <= days <= MAX_DAYS):
        raise _refusal(change, f"{path}.{DAYS_FIELD}")


def _refusal(change: Change, path: str) -> ValidationFailed:
    return ValidationFailed(change.collection.slug, [FieldProblem(path, RIGHT)], change.row_id)
