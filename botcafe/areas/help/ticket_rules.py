"""What holds for support tickets at every door: how many there may be, who decides what, and when what happened.

Staff answer for dates, states and assignments; the person who asked may close their own ticket (decision 0115).
"""

from django.apps import apps
from django.utils.translation import gettext

from botcafe.areas.help.jobs import send_new_ticket_mail, send_ticket_state_mail
from botcafe.cms.db.rate_counts import add_hit, count_key
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import Conflict, FieldProblem, TooMany, ValidationFailed
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import now

MAX_SUBJECT_CHARACTERS = 200
MAX_DESCRIPTION_CHARACTERS = 20_000
MAX_OPEN_TICKETS = 5
MAX_TICKETS_A_DAY = 10
DAY_SECONDS = 86400
OPEN_STATES = ("open", "in_progress")
DONE_STATES = ("resolved", "closed")


def is_staff(actor: Actor) -> bool:
    """Whether the writer speaks for the café: an admin, or the staff site, which writes as the system."""
    return actor.is_admin or actor.kind == "system"


def count_ticket_of_day(change: Change) -> None:
    """Raises Conflict and TooMany where somebody asks for more tickets than staff could answer."""
    if change.verb != "create" or is_staff(change.actor):
        return
    _refuse_many_open(change.actor)
    count_for_day("ticket", change.actor, MAX_TICKETS_A_DAY, gettext("You have written 10 tickets within a day."))


def count_for_day(what: str, actor: Actor, most: int, refusal: str) -> None:
    """Count one writing of somebody; raises TooMany with the given words above so many a day."""
    if add_hit(count_key(f"support-{what}", str(actor.id)), DAY_SECONDS) > most:
        error = TooMany(refusal + " " + gettext("Write again tomorrow."))
        error.retry_after = DAY_SECONDS
        raise error


def refuse_unfit_ticket(change: Change) -> None:
    """Raises Conflict for one open ticket too many, and ValidationFailed for what only staff may say or nobody can mean."""
    if change.verb == "create" and not is_staff(change.actor):
        users = apps.get_model("accounts", "User")._default_manager
        # Locked: of two requests at once, the second must see the ticket of the first.
        list(users.select_for_update().filter(pk=change.actor.id or 0).values_list("pk"))
        _refuse_many_open(change.actor)
    problems = [*_unfit_texts(change), *_unfit_priority(change), *_unfit_assignment(change)]
    if problems:
        raise ValidationFailed(change.collection.slug, problems, change.row_id)


def _refuse_many_open(actor: Actor) -> None:
    tickets = apps.get_model("help", "SupportTicket")._default_manager
    if tickets.filter(user=actor.id, status__in=OPEN_STATES).count() >= MAX_OPEN_TICKETS:
        raise Conflict(gettext("You have 5 open tickets. Close one, or add to it what you want to say."))


def _unfit_texts(change: Change) -> list[FieldProblem]:
    return [
        FieldProblem(name, gettext("Write a few words."), name.capitalize())
        for name in ("subject", "description")
        if name in change.values and not str(change.values[name]).strip()
    ]


def _unfit_priority(change: Change) -> list[FieldProblem]:
    former = (change.before or {}).get("priority")
    if change.values.get("priority") != "urgent" or former == "urgent" or is_staff(change.actor):
        return []
    return [FieldProblem("priority", gettext("Choose low, normal or high: only staff raise it to urgent."), "Priority")]


def _unfit_assignment(change: Change) -> list[FieldProblem]:
    number = change.values.get("assigned_to_id")
    if number is None or number == (change.before or {}).get("assigned_to_id"):
        return []
    users = apps.get_model("accounts", "User")._default_manager
    if users.filter(pk=number, role="admin", is_deactivated=False).exists():
        return []
    return [FieldProblem("assigned_to", gettext("Only an administrator can be assigned."), "Assigned To")]


def keep_evidence(change: Change) -> None:
    """The server says when a ticket was made and resolved, and since when it waits; its owner may close it."""
    values, before = change.values, change.before or {}
    for name in ("created_date", "resolved_date", "waiting_since"):
        values.pop(name, None)
    if change.verb == "create":
        values["created_date"] = values["waiting_since"] = now()
    is_closed_by_owner = change.given.get("status") == "closed" and before.get("status") in (*OPEN_STATES, "resolved")
    if change.verb == "update" and not is_staff(change.actor) and is_closed_by_owner:
        values["status"] = "closed"
    status, former = values.get("status"), before.get("status")
    if status in DONE_STATES and former not in DONE_STATES:
        values["resolved_date"], values["waiting_since"] = now(), None
    elif status in OPEN_STATES and former in DONE_STATES:
        values["resolved_date"], values["waiting_since"] = None, now()


def mail_about_ticket(change: Change) -> None:
    """Tell staff of a new ticket, and its owner of what staff made of it."""
    if not is_staff(change.actor):
        if change.verb == "create":
            enqueue(send_new_ticket_mail, ticket_id=change.row_id)
        return
    is_done = change.values.get("status") in DONE_STATES
    if change.verb == "update" and is_done and (change.before or {}).get("status") not in DONE_STATES:
        enqueue(send_ticket_state_mail, ticket_id=change.row_id)
