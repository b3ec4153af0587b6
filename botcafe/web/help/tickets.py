"""The pages of one's own support tickets: the list, a new one, and a ticket with its answers."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from botcafe.areas.help import tickets
from botcafe.areas.help.ticket_rules import OPEN_STATES
from botcafe.areas.help.ticket_words import CATEGORIES, STATES
from botcafe.areas.help.tickets import Ticket, TicketLine
from botcafe.cms.schema.errors import ApiError
from botcafe.web.help.forms import AnswerForm, TicketForm
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.presenters import parse_instant
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as a list shows it."""

    id: int
    subject: str
    category: "_StrOrPromise"
    state: "_StrOrPromise"
    is_open: bool
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One part of the thread, of the person or of the staff."""

    text: str
    at: dt.datetime | None
    is_from_staff: bool


@never_cache
@sign_in_required
def list_page(request: HttpRequest) -> HttpResponse:
    """All tickets of the person."""
    rows = [_row(each) for each in tickets.own_tickets(actor_of(request))]
    return render(request, "help/tickets.html", {"tickets": rows})


@never_cache
@sign_in_required
def new_page(request: HttpRequest) -> HttpResponse:
    """Ask for help."""
    form, status = TicketForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                number = tickets.add_ticket(actor_of(request), form.cleaned_data)
            except ApiError as error:
                add_form_errors(form, error)
                status = error.status
            else:
                messages.success(request, gettext("Your request is with the people who run this café."))
                return redirect_to("help:ticket", number)
    return render(request, "help/new_ticket.html", {"form": form}, status=status)


@never_cache
@sign_in_required
def ticket_page(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """A ticket with its answers, and a form for the next one."""
    actor = actor_of(request)
    ticket = tickets.own_ticket(actor, ticket_id)
    form, status = AnswerForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                tickets.add_answer(actor, ticket_id, form.cleaned_data["text"])
            except ApiError as error:
                add_form_errors(form, error)
                status = error.status
            else:
                messages.success(request, gettext("Your answer is sent."))
                return redirect_to("help:ticket", ticket_id)
    return render(request, "help/ticket.html", _ticket_context(ticket, form), status=status)


@require_POST
@sign_in_required
def close(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Close a ticket."""
    tickets.close_ticket(actor_of(request), ticket_id)
    messages.success(request, gettext("The request is closed. Whoever answers in it opens it again."))
    return redirect_to("help:ticket", ticket_id)


def _ticket_context(ticket: Ticket, form: AnswerForm) -> dict[str, object]:
    first = AnswerRow(ticket.description, parse_instant(ticket.line.created_at), is_from_staff=False)
    said = [AnswerRow(each.text, parse_instant(each.at), each.is_from_staff) for each in ticket.answers]
    return {
        "ticket": _row(ticket.line),
        "parts": [first, *said],
        "resolved_at": parse_instant(ticket.resolved_at),
        "resolution": ticket.resolution_notes,
        "form": form,
    }


def _row(line: TicketLine) -> TicketRow:
    return TicketRow(
        id=line.id,
        subject=line.subject,
        category=CATEGORIES.get(line.category, line.category),
        state=STATES.get(line.status, line.status),
        is_open=line.status in OPEN_STATES,
        at=parse_instant(line.created_at),
    )
