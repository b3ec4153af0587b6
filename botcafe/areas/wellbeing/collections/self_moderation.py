"""The limits that people set themselves: the ``selfModeration`` collection. ``wellbeing.limits`` enforces them."""

from collections.abc import Callable

from django.apps import apps
from django.db import models

from botcafe.areas.wellbeing.cooling_off import follow_wish, hold_former_limits
from botcafe.areas.wellbeing.limit_values import LimitValueError, read_content_filters, read_quiet_hours
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed
from botcafe.cms.schema.fields import Checkbox, Instant, Json, Number, Relation
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner
from botcafe.kit.words import field_label

WHOLE = ("daily_time_limit_minutes", "weekly_message_limit", "break_reminder_minutes")
STRUCTURED: dict[str, Callable[[object], object]] = {
    "quiet_hours": read_quiet_hours,
    "content_filters": read_content_filters,
}


class SelfModeration(Row):
    """User-defined usage limits and controls.

    The row is what the person wishes for. Until ``loosens_at`` the limits of ``in_force`` count, after it the row itself.
    """

    user = Relation("accounts.User", required=True)
    daily_time_limit_minutes = Number(minimum=0)
    weekly_message_limit = Number(minimum=0)
    content_filters = Json()
    break_reminders = Checkbox()
    is_active = Checkbox()
    quiet_hours = Json()
    break_reminder_minutes = Number(minimum=5, maximum=24 * 60)
    loosens_at = Instant(server=True)
    in_force = Json(server=True)

    class Meta:
        verbose_name = "selfmoderation"
        indexes = (models.Index(fields=("user", "created_at"), name="self_moderation_of_owner"),)


def refuse_second_limits(change: Change) -> None:
    """Raises ValidationFailed where somebody has limits already: of two rows nobody knows which one counts."""
    owner_id = change.values.get("user_id")
    if not isinstance(owner_id, int) or (change.before or {}).get("user_id") == owner_id:
        return
    # Locked: of two requests at once, the second must see the row of the first.
    list(apps.get_model("accounts", "User")._default_manager.select_for_update().filter(pk=owner_id).values_list("pk"))
    if SelfModeration.objects.filter(user=owner_id).exists():
        raise ValidationFailed(
            change.collection.slug, [FieldProblem("user", "You have limits already. Change those.", "User")]
        )


def refuse_unfit_limits(change: Change) -> None:
    """Raises ValidationFailed for parts of a minute or a message, and for times and filters that do not say what they mean."""
    problems = [
        FieldProblem(name, "Give a whole number.", field_label(name))
        for name in WHOLE
        if (value := change.values.get(name)) is not None and value != int(value)
    ]
    for name, read in STRUCTURED.items():
        try:
            read(change.values.get(name))
        except LimitValueError as unfit:
            problems.append(FieldProblem(name, str(unfit), field_label(name)))
    if problems:
        raise ValidationFailed(change.collection.slug, problems, change.row_id)


def keep_server_fields(change: Change) -> None:
    """What is in force follows from the wish, also where an administrator sends it."""
    for name in ("loosens_at", "in_force"):
        change.values.pop(name, None)


SELF_MODERATIONS = Collection(
    model=SelfModeration,
    slug="selfModeration",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    before_change=(refuse_second_limits, refuse_unfit_limits, keep_server_fields, hold_former_limits),
    after_change=(follow_wish,),
    before_delete=(hold_former_limits,),
    after_delete=(follow_wish,),
    is_intimate=True,
)
