"""Jobs that mail what happens to support tickets. The queue keeps ids alone: the words are read when a mail is sent."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django_tasks import task

from botcafe.areas.accounts.localization.mails import absolute_url, send_template
from botcafe.jobs.queue import MAIL_QUEUE

MAX_STAFF = 20
MAX_QUOTED_CHARACTERS = 2000


@task(queue_name=MAIL_QUEUE)
def send_new_ticket_mail(ticket_id: int) -> None:
    """Tell staff that somebody has asked for help."""
    ticket = _find("SupportTicket", ticket_id)
    if ticket is not None:
        _mail_staff(ticket, "ticket_new", ticket.description)


@task(queue_name=MAIL_QUEUE)
def send_ticket_answer_mail(message_id: int) -> None:
    """Tell the other side of an answer."""
    message = _find("SupportMessage", message_id)
    if message is None:
        return
    if message.is_from_staff:
        _mail_owner(message.ticket, "ticket_answer", message.text)
    else:
        _mail_staff(message.ticket, "ticket_reply", message.text)


@task(queue_name=MAIL_QUEUE)
def send_ticket_state_mail(ticket_id: int) -> None:
    """Tell the owner of a ticket that staff have resolved or closed it."""
    ticket = _find("SupportTicket", ticket_id)
    if ticket is not None:
        _mail_owner(ticket, "ticket_resolved", ticket.resolution_notes or "")


def _find(model: str, number: int) -> Any:
    return apps.get_model("help", model)._default_manager.filter(pk=number).first()


def _mail_owner(ticket: Any, template: str, words: str) -> None:
    # A ticket, its answer and the account fall together, so that there is an owner.
    link = absolute_url(reverse("help:ticket", args=[ticket.pk]))
    _mail([ticket.user.email], template, ticket, words, link)


def _mail_staff(ticket: Any, template: str, words: str) -> None:
    admins = apps.get_model("accounts", "User")._default_manager.filter(role="admin", is_deactivated=False)
    assigned = admins.filter(pk=ticket.assigned_to_id)
    addresses = (assigned if assigned.exists() else admins).order_by("pk").values_list("email", flat=True)
    _mail(addresses[:MAX_STAFF], template, ticket, words, absolute_url(reverse("staff:ticket", args=[ticket.pk])))


def _mail(addresses: Iterable[str], template: str, ticket: Any, words: str, link: str) -> None:
    quoted = words if len(words) <= MAX_QUOTED_CHARACTERS else f"{words[:MAX_QUOTED_CHARACTERS]} …"
    subjects = {
        "ticket_new": gettext_lazy("Somebody asks for help at BotCafé"),
        "ticket_reply": gettext_lazy("An answer to a support ticket at BotCafé"),
        "ticket_answer": gettext_lazy("An answer to your request at BotCafé"),
        "ticket_resolved": gettext_lazy("Your request at BotCafé is done"),
    }
    context = {"about": ticket.subject, "words": quoted, "link": link}
    for address in addresses:
        send_template(template, address, subjects[template], context)
