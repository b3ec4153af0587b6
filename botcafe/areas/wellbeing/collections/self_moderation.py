"""The limits that people set themselves: the ``selfModeration`` collection. Nothing enforces them yet."""

from django.apps import apps
from django.db import models

from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed
from botcafe.cms.schema.fields import Checkbox, Json, Number, Relation
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner


class SelfModeration(Row):
    """User-defined usage limits and controls."""

    user = Relation("accounts.User", required=True)
    daily_time_limit_minutes = Number(minimum=0)
    weekly_message_limit = Number(minimum=0)
    content_filters = Json()
    break_reminders = Checkbox()
    is_active = Checkbox()

    class Meta:
        verbose_name = "selfmoderation"
        indexes = (models.Index(fields=("user", "created_at"), name="self_moderation_of_owner"),)


def refuse_second_limits(change: Change) -> None:
    """Raises ValidationFailed where somebody has limits already: of two rows nobody knows which one counts."""
    owner_id = change.values.get("user_id")
    if change.verb != "create" or not isinstance(owner_id, int):
        return
    # Locked: of two requests at once, the second must see the row of the first.
    list(apps.get_model("accounts", "User")._default_manager.select_for_update().filter(pk=owner_id).values_list("pk"))
    if SelfModeration.objects.filter(user=owner_id).exists():
        raise ValidationFailed(
            change.collection.slug, [FieldProblem("user", "You have limits already. Change those.", "User")]
        )


SELF_MODERATIONS = Collection(
    model=SelfModeration,
    slug="selfModeration",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    before_change=(refuse_second_limits,),
    is_intimate=True,
)
