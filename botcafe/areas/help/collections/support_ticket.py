"""Requests for help from the people of a café: the ``supportTickets`` collection."""

from django.db import models

from botcafe.areas.help.ticket_rules import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_SUBJECT_CHARACTERS,
    count_ticket_of_day,
    keep_evidence,
    mail_about_ticket,
    refuse_unfit_ticket,
)
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Relation, Select, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner


class SupportTicket(Row):
    """One request for help. ``waiting_since`` is when it began to wait for an answer of staff; None where none is awaited."""

    user = Relation("accounts.User", required=True, on_delete=models.CASCADE)
    subject = Text(required=True, max_length=MAX_SUBJECT_CHARACTERS)
    description = Textarea(required=True, max_length=MAX_DESCRIPTION_CHARACTERS)
    category = Select(required=True, options=("bug", "feature_request", "question", "billing"), is_open=True)
    priority = Select(required=True, options=("low", "normal", "high", "urgent"), default="normal")
    status = Select(required=True, options=("open", "in_progress", "resolved", "closed"), server=True, default="open")
    assigned_to = Relation("accounts.User", server=True)
    created_date = Instant(server=True)
    resolved_date = Instant(server=True)
    resolution_notes = Textarea(server=True)
    internal_notes = Textarea(server=True)

    waiting_since = models.TextField(null=True)

    class Meta:
        verbose_name = "support ticket"
        indexes = (
            models.Index(fields=("user", "created_at"), name="support_ticket_of_owner"),
            models.Index(fields=("waiting_since",), name="support_ticket_waiting"),
        )


SUPPORT_TICKETS = Collection(
    model=SupportTicket,
    slug="supportTickets",
    name="Support Ticket",
    read=owner() | admin(),
    create=owner(),
    update=owner() | admin(),
    delete=owner() | admin(),
    # What staff note for each other.
    hidden={"internal_notes": admin()},
    prepare=(count_ticket_of_day,),
    before_change=(refuse_unfit_ticket, keep_evidence),
    after_change=(mail_about_ticket,),
    is_written_by_hooks=True,
)
