"""The queue of support tickets on the staff site, and one ticket: read, answer, assign, note."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from botcafe.areas.help import tickets
from botcafe.areas.help.message_rules import MAX_ANSWER_CHARACTERS
from botcafe.areas.help.ticket_words import CATEGORIES, PRIORITIES, STATES
from botcafe.areas.help.tickets import QueueFilter, Ticket, TicketLine
from botcafe.cms.schema.actor import ANONYMOUS, Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.kit.json_types import JsonObject

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ASSIGNED: "dict[str, _StrOrPromise]" = {"me": gettext_lazy("mine"), "nobody": gettext_lazy("nobody’s")}
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A ticket of the queue, in words."""

    id: int
    subject: str
    category: "_StrOrPromise"
    priority: "_StrOrPromise"
    state: "_StrOrPromise"
    person: str
    assigned_to: str
    waiting_since: dt.datetime | None
    at: dt.datetime | None


class StaffTicketForm(forms.Form):
    """What staff make of a ticket."""

    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=list(STATES.items()))
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), choices=list(PRIORITIES.items()))
    assigned_to = forms.ChoiceField(label=gettext_lazy("Assigned to"), required=False)
    resolution_notes = forms.CharField(
        label=gettext_lazy("How it was resolved (the person reads this)"),
        required=False,
        max_length=MAX_ANSWER_CHARACTERS,
    )
    internal_notes = forms.CharField(
        label=gettext_lazy("Notes for staff alone"), required=False, max_length=MAX_ANSWER_CHARACTERS
    )

    def __init__(self, staff: list[tuple[int, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        people = cast(forms.ChoiceField, self.fields["assigned_to"])
        people.choices = [("", gettext("nobody")), *((str(number), name) for number, name in staff)]
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.widget = UnfoldAdminSelectWidget(choices=field.choices)
            else:
                field.widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def as_values(self) -> JsonObject:
        """The form as a change of the collection."""
        given = self.cleaned_data
        number = given["assigned_to"]
        return {
            "status": given["status"],
            "priority": given["priority"],
            "assigned_to": int(number) if number else None,
            "resolution_notes": given["resolution_notes"] or None,
            "internal_notes": given["internal_notes"] or None,
        }


class StaffAnswerForm(forms.Form):
    """An answer of staff."""

    text = forms.CharField(
        label=gettext_lazy("Answer (the person reads this)"),
        max_length=MAX_ANSWER_CHARACTERS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )


def ticket_urls(site: AdminSite) -> list[URLPattern]:
    """The pages of the queue, for staff alone."""
    return [
        path("tickets/", site.admin_view(partial(queue, site)), name="tickets"),
        path("tickets/<int:number>/", site.admin_view(partial(ticket, site)), name="ticket"),
    ]


def queue(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """What waits longest first; ``?status=``, ``?category=`` and ``?assigned=`` choose."""
    wanted = QueueFilter(
        status=_one_of(request, "status", STATES),
        category=_one_of(request, "category", CATEGORIES),
        assigned=_one_of(request, "assigned", ASSIGNED),
    )
    asked = request.GET.get("page", "")
    number = min(int(asked), MAX_PAGE) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    page = tickets.queue_page(_actor(request), wanted, number)
    context = {
        **site.each_context(request),
        "title": gettext("Support tickets"),
        "rows": [_row(each) for each in page.lines],
        "wanted": wanted,
        "filters": [
            ("status", gettext("Status"), gettext("all that is open"), wanted.status, STATES.items()),
            ("category", gettext("Category"), gettext("all"), wanted.category, CATEGORIES.items()),
            ("assigned", gettext("Assigned"), gettext("anybody’s"), wanted.assigned, ASSIGNED.items()),
        ],
        "following": _page_address(request, number + 1) if page.has_next else "",
        "previous": _page_address(request, number - 1) if number > 1 else "",
    }
    return render(request, "backoffice/tickets.html", context)


def ticket(site: AdminSite, request: HttpRequest, number: int) -> HttpResponse:
    """A ticket with its thread, a form to answer and one for what staff make of it."""
    actor = _actor(request)
    try:
        shown = tickets.staff_ticket(actor, number)
    except NotFound as error:
        raise Http404 from error
    is_answer = request.POST.get("act") == "answer"
    answer = StaffAnswerForm(request.POST if is_answer else None)
    change = StaffTicketForm(
        tickets.list_staff(actor),
        request.POST if request.method == "POST" and not is_answer else None,
        initial=_initial(shown),
    )
    form = answer if is_answer else change
    status = 200
    if request.method == "POST":
        status = _save(request, actor, number, form)
        if status == 302:
            return HttpResponseRedirect(reverse("staff:ticket", args=[number]))
    context = {
        **site.each_context(request),
        "title": shown.line.subject,
        "row": _row(shown.line),
        "ticket": shown,
        "answers": [(each, _moment(each.at)) for each in shown.answers],
        "answer_form": answer,
        "form": change,
    }
    return render(request, "backoffice/ticket.html", context, status=status)


def _save(request: HttpRequest, actor: Actor, number: int, form: forms.Form) -> int:
    """Do what a form says; 302 where it is done, else the status of the refusal, whose words are in the form."""
    if not form.is_valid():
        return 400
    try:
        if isinstance(form, StaffTicketForm):
            tickets.change_as_staff(actor, number, form.as_values())
            messages.success(request, gettext("The ticket is changed."))
        else:
            tickets.add_answer(actor, number, form.cleaned_data["text"])
            messages.success(request, gettext("The answer is sent."))
    except ApiError as error:
        form.add_error(None, error.message)
        return error.status
    return 302


def _initial(shown: Ticket) -> dict[str, object]:
    return {
        "status": shown.line.status,
        "priority": shown.line.priority,
        "assigned_to": str(shown.assigned_id or ""),
        "resolution_notes": shown.resolution_notes,
        "internal_notes": shown.internal_notes,
    }


def _row(line: TicketLine) -> QueueRow:
    return QueueRow(
        id=line.id,
        subject=line.subject,
        category=CATEGORIES.get(line.category, line.category),
        priority=PRIORITIES.get(line.priority, line.priority),
        state=STATES.get(line.status, line.status),
        person=line.person,
        assigned_to=line.assigned_to,
        waiting_since=_moment(line.waiting_since),
        at=_moment(line.created_at),
    )


def _moment(instant: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(instant) if instant else None


def _actor(request: HttpRequest) -> Actor:
    return cast(Actor, getattr(request, "actor", ANONYMOUS))


def _one_of(request: HttpRequest, name: str, known: "dict[str, _StrOrPromise]") -> str:
    given = request.GET.get(name, "")
    return given if given in known else ""


def _page_address(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}"
