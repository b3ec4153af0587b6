"""User support request tracking."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Relation, Select, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner


class SupportTicket(Row):
    """User support request tracking."""

    user = Relation("accounts.User", required=True)
    subject = Text(required=True)
    description = Textarea(required=True)
    category = Select(required=True, options=("bug", "feature_request", "question", "billing"), is_open=True)
    priority = Select(required=True, options=("low", "normal", "high", "urgent"))
    status = Select(required=True, options=("open", "in_progress", "resolved", "closed"), server=True, default="open")
    assigned_to = Relation("accounts.User", server=True)
    created_date = Instant()
    resolved_date = Instant(server=True)
    resolution_notes = Textarea(server=True)

    class Meta:
        verbose_name = "support ticket"
        indexes = (models.Index(fields=("user", "created_at"), name="support_ticket_of_owner"),)


SUPPORT_TICKETS = Collection(
    model=SupportTicket,
    slug="supportTickets",
    name="Support Ticket",
    read=owner() | admin(),
    create=owner(),
    update=owner() | admin(),
    delete=owner() | admin(),
)
