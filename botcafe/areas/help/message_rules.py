"""What holds for the answers of a ticket at every door, and what an answer does to its ticket."""

from django.apps import apps
from django.utils.translation import gettext

from botcafe.areas.help.jobs import send_ticket_answer_mail
from botcafe.areas.help.ticket_rules import DONE_STATES, count_for_day, is_staff
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import Conflict, FieldProblem, ValidationFailed
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import now

MAX_ANSWER_CHARACTERS = 20_000
MAX_ANSWERS = 200
MAX_ANSWERS_A_DAY = 50


def count_answer_of_day(change: Change) -> None:
    """Raises TooMany where somebody writes more answers a day than anybody could read."""
    if change.verb == "create" and not is_staff(change.actor):
        count_for_day("answer", change.actor, MAX_ANSWERS_A_DAY, gettext("You have written 50 answers within a day."))


def refuse_unfit_answer(change: Change) -> None:
    """Raises ValidationFailed for an empty answer, and Conflict for a ticket that is full; notes which side speaks."""
    if not str(change.values.get("text", "")).strip():
        problem = FieldProblem("text", gettext("Write a few words."), "Text")
        raise ValidationFailed(change.collection.slug, [problem])
    tickets = apps.get_model("help", "SupportTicket")._default_manager
    ticket = tickets.select_for_update().get(pk=change.values["ticket_id"])
    if change.collection.model.objects.filter(ticket=ticket.pk).count() >= MAX_ANSWERS:
        raise Conflict(gettext("This ticket has 200 answers. Write another one."))
    # An admin who asks for help themselves is answered like everybody else.
    change.values["is_from_staff"] = is_staff(change.actor) and ticket.user_id != change.values.get("user_id")


def follow_answer(change: Change) -> None:
    """An answer of staff ends the waiting; one of the person begins it, and opens a ticket that was done."""
    tickets = apps.get_model("help", "SupportTicket")._default_manager.filter(pk=change.values["ticket_id"])
    moment = now()
    if change.values["is_from_staff"]:
        tickets.update(waiting_since=None, updated_at=moment)
        tickets.filter(status="open").update(status="in_progress")
    else:
        tickets.filter(status__in=DONE_STATES).update(status="open", resolved_date=None)
        tickets.filter(waiting_since__isnull=True).update(waiting_since=moment)
        tickets.update(updated_at=moment)
    enqueue(send_ticket_answer_mail, message_id=change.row_id)
