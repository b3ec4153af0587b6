"""User activity tracking."""

from django.db import models

from botcafe.cms.collection import Collection
from botcafe.cms.fields import Instant, Number, Relation, RelationMany
from botcafe.cms.row import Row
from botcafe.cms.rules import owner


class UsageAnalytics(Row):
    """User activity tracking."""

    user = Relation("accounts.User", required=True)
    date = Instant(required=True)
    total_messages = Number()
    total_tokens_used = Number()
    active_time_minutes = Number()
    bots_interacted = RelationMany("companions.Bot", needs="read")

    class Meta:
        verbose_name = "usageanalytics"
        indexes = (models.Index(fields=("user", "created_at"), name="usage_analytics_of_owner"),)


USAGE_ANALYTICS = Collection(
    model=UsageAnalytics,
    slug="usageAnalytics",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    is_intimate=True,
)
