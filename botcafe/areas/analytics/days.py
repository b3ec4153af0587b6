"""What a person did on a day: one row of usageAnalytics, kept by the turns of chat."""

from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.analytics.collections.usage_analytics import UsageAnalytics
from botcafe.kit.instants import now


def count_reply(user_id: int, bot_id: int | None, *, tokens: int, seconds: float) -> None:
    """Count one reply to the present day (UTC), inside the caller's transaction.

    The account is held meanwhile, so that two replies at midnight make one row and not two.
    """
    User.objects.select_for_update().filter(pk=user_id).values_list("pk").first()
    today = f"{now()[:10]}T00:00:00.000Z"
    row = UsageAnalytics.objects.filter(user=user_id, date=today).order_by("id").first()
    if row is None:
        row = UsageAnalytics.objects.create(user_id=user_id, date=today)
    UsageAnalytics.objects.filter(pk=row.pk).update(
        total_messages=Coalesce(F("total_messages"), 0.0) + 1,
        total_tokens_used=Coalesce(F("total_tokens_used"), 0.0) + tokens,
        active_time_minutes=Coalesce(F("active_time_minutes"), 0.0) + round(seconds / 60, 3),
        updated_at=now(),
    )
    link = UsageAnalytics.many_relations["bots_interacted"].link
    if bot_id is not None and not link.objects.filter(parent=row.pk, target=bot_id).exists():  # type: ignore[attr-defined]
        link.objects.create(parent_id=row.pk, target_id=bot_id)  # type: ignore[attr-defined]
