"""User-defined usage limits and controls."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Json, Number, Relation
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner


class SelfModeration(Row):
    """User-defined usage limits and controls."""

    user = Relation("accounts.User", required=True)
    daily_time_limit_minutes = Number()
    weekly_message_limit = Number()
    content_filters = Json()
    break_reminders = Checkbox()
    is_active = Checkbox()

    class Meta:
        verbose_name = "selfmoderation"
        indexes = (models.Index(fields=("user", "created_at"), name="self_moderation_of_owner"),)


SELF_MODERATIONS = Collection(
    model=SelfModeration,
    slug="selfModeration",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    is_intimate=True,
)
