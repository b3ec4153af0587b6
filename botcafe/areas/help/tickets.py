"""Support tickets as pages show and change them: one's own, and the queue of staff."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.creators.people import account_names
from botcafe.areas.help.collections.support_message import SUPPORT_MESSAGES
from botcafe.areas.help.collections.support_ticket import SUPPORT_TICKETS, SupportTicket
from botcafe.areas.help.message_rules import MAX_ANSWERS
from botcafe.areas.help.ticket_rules import OPEN_STATES
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden, NotFound
from botcafe.cms.write.write_operations import create_document, update_by_id
from botcafe.kit.json_types import JsonObject

PAGE_ROWS = 50
MAX_OWN_TICKETS = 200
MAX_STAFF = 100
FLAT = Query({"depth": "0"})


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket in a list. Instants are ISO 8601 texts; ``waiting_since`` is "" where no answer of staff is awaited."""

    id: int
    subject: str
    category: str
    priority: str
    status: str
    created_at: str
    waiting_since: str
    person: str
    assigned_to: str


@dataclass(frozen=True, slots=True)
class TicketAnswer:
    """An answer within a ticket. ``person`` is the name of who wrote it, as the reader may see it."""

    text: str
    at: str
    is_from_staff: bool
    person: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket with its answers, the oldest first. ``internal_notes`` are for staff alone."""

    line: TicketLine
    description: str
    resolved_at: str
    resolution_notes: str
    assigned_id: int | None
    answers: list[TicketAnswer]
    internal_notes: str = ""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue shows: a state ("" for all that is open), a category, and whose ("me", "nobody" or "")."""

    status: str = ""
    category: str = ""
    assigned: str = ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue."""

    lines: list[TicketLine]
    has_next: bool


def own_tickets(actor: Actor) -> list[TicketLine]:
    """The actor's tickets, the newest first."""
    rows = SUPPORT_TICKETS.visible_to(actor).filter(user=actor.id).order_by("-pk")[:MAX_OWN_TICKETS]
    return _as_lines(actor, list(rows))


def own_ticket(actor: Actor, number: int) -> Ticket:
    """One ticket of the actor's own. Raises NotFound."""
    return _ticket(actor, SUPPORT_TICKETS.visible_to(actor).filter(user=actor.id, pk=number))


def add_ticket(actor: Actor, values: JsonObject) -> int:
    """Ask for help; returns the number of the ticket. Raises Forbidden, ValidationFailed, Conflict and TooMany."""
    return int(create_document(SUPPORT_TICKETS, actor, values, FLAT)["id"])


def add_answer(actor: Actor, number: int, text: str) -> None:
    """Answer within a ticket. Raises ValidationFailed, Conflict and TooMany."""
    create_document(SUPPORT_MESSAGES, actor, {"ticket": number, "text": text}, FLAT)


def close_ticket(actor: Actor, number: int) -> None:
    """Close a ticket of the actor's own. Raises NotFound."""
    own_ticket(actor, number)
    update_by_id(SUPPORT_TICKETS, actor, number, {"status": "closed"}, FLAT)


def queue_page(actor: Actor, wanted: QueueFilter, page: int) -> QueuePage:
    """Tickets for staff: what waits longest first, then what waits for its person. Raises Forbidden."""
    _require_staff(actor)
    rows = SUPPORT_TICKETS.visible_to(actor)
    rows = rows.filter(status=wanted.status) if wanted.status else rows.filter(status__in=OPEN_STATES)
    if wanted.category:
        rows = rows.filter(category=wanted.category)
    if wanted.assigned:
        rows = rows.filter(assigned_to=actor.id if wanted.assigned == "me" else None)
    first = (max(1, page) - 1) * PAGE_ROWS
    found = list(rows.order_by(F("waiting_since").asc(nulls_last=True), "pk")[first : first + PAGE_ROWS + 1])
    return QueuePage(_as_lines(actor, found[:PAGE_ROWS]), len(found) > PAGE_ROWS)


def staff_ticket(actor: Actor, number: int) -> Ticket:
    """Any ticket, with the notes of staff. Raises Forbidden and NotFound."""
    _require_staff(actor)
    return _ticket(actor, SUPPORT_TICKETS.visible_to(actor).filter(pk=number))


def change_as_staff(actor: Actor, number: int, values: JsonObject) -> None:
    """Change state, priority, assignment or notes. Raises Forbidden, NotFound and ValidationFailed."""
    _require_staff(actor)
    update_by_id(SUPPORT_TICKETS, actor, number, values, FLAT)


def list_staff(actor: Actor) -> list[tuple[int, str]]:
    """Whom a ticket can be assigned to: number and name. Raises Forbidden."""
    _require_staff(actor)
    rows = User.objects.filter(role="admin", is_deactivated=False).order_by("pk")[:MAX_STAFF]
    return [(row.pk, row.name or row.email) for row in rows]


def _require_staff(actor: Actor) -> None:
    if not actor.is_admin:
        raise Forbidden


def _ticket(actor: Actor, rows: QuerySet[SupportTicket]) -> Ticket:
    row = rows.first()
    if row is None:
        raise NotFound
    said = SUPPORT_MESSAGES.visible_to(actor).filter(ticket=row.pk).order_by("pk")[:MAX_ANSWERS]
    answers = list(said)
    names = account_names(actor, {each.user_id for each in answers if each.user_id})
    return Ticket(
        line=_as_lines(actor, [row])[0],
        description=row.description,
        resolved_at=row.resolved_date or "",
        resolution_notes=row.resolution_notes or "",
        assigned_id=row.assigned_to_id,
        answers=[
            TicketAnswer(each.text, each.created_at, bool(each.is_from_staff), names.get(each.user_id or 0, ""))
            for each in answers
        ],
        internal_notes=(row.internal_notes or "") if actor.is_admin else "",
    )


def _as_lines(actor: Actor, rows: list[SupportTicket]) -> list[TicketLine]:
    names = account_names(actor, {i for row in rows for i in (row.user_id, row.assigned_to_id) if i})
    return [
        TicketLine(
            id=row.pk,
            subject=row.subject,
            category=row.category,
            priority=row.priority,
            status=row.status,
            created_at=row.created_date or row.created_at,
            waiting_since=row.waiting_since or "",
            person=names.get(row.user_id, ""),
            assigned_to=names.get(row.assigned_to_id or 0, ""),
        )
        for row in rows
    ]
