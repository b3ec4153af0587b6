"""The usageAnalytics collection: the activity of each person by day."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Number, Relation, RelationMany
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import nobody, owner


class UsageAnalytics(Row):
    """The activity of a person on one day (UTC), updated after every reply."""

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
    # Counted by the server at the end of every reply.
    update=nobody(),
    delete=owner(),
    is_intimate=True,
)
