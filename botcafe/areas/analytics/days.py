"""Daily activity of a user: one row of usageAnalytics, updated by every reply."""

from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.analytics.collections.usage_analytics import UsageAnalytics
from botcafe.cms.db.prepared_statements import PreparedQuery, PreparedUpdate
from botcafe.kit.instants import now

_LOCK_ACCOUNT = PreparedQuery(lambda pk: User.objects.select_for_update().filter(pk=pk).only("id"))
_DAY = PreparedQuery(lambda user, day: UsageAnalytics.objects.filter(user=user, date=day).order_by("id").only("id"), 2)
_ADD_TO_DAY = PreparedUpdate(
    lambda pk, tokens, minutes, at: (
        UsageAnalytics.objects.filter(pk=pk),
        {
            "total_messages": Coalesce(F("total_messages"), 0.0) + 1,
            "total_tokens_used": Coalesce(F("total_tokens_used"), 0.0) + tokens,
            "active_time_minutes": Coalesce(F("active_time_minutes"), 0.0) + minutes,
            "updated_at": at,
        },
    ),
    4,
)


def _bot_links() -> Any:
    return UsageAnalytics.many_relations["bots_interacted"].link.objects  # type: ignore[attr-defined]


_BOT_OF_DAY = PreparedQuery(lambda day, bot: _bot_links().filter(parent=day, target=bot), 2)


def correct_day(user_id: int, tokens: int) -> None:
    """Add tokens to the current day (UTC) that a reply was counted without; fewer than 0 where it was too many."""
    _LOCK_ACCOUNT.rows(user_id)
    row = _find_today(user_id)
    total = Coalesce(F("total_tokens_used"), 0.0) + tokens
    UsageAnalytics.objects.filter(pk=row.pk).update(total_tokens_used=total, updated_at=now())


def _find_today(user_id: int) -> UsageAnalytics:
    """The row of the current day, made where it is the first. The caller holds the lock of the account."""
    today = f"{now()[:10]}T00:00:00.000Z"
    row: UsageAnalytics = _DAY.first(user_id, today) or UsageAnalytics.objects.create(user_id=user_id, date=today)
    return row


def count_reply(user_id: int, bot_id: int | None, *, tokens: int, seconds: float) -> None:
    """Count one reply to the current day (UTC), inside the caller's transaction."""
    # The first two replies of a day may end at once: the lock makes the second one find the row of the first.
    _LOCK_ACCOUNT.rows(user_id)
    row = _find_today(user_id)
    _ADD_TO_DAY.run(row.pk, tokens, round(seconds / 60, 3), now())
    if bot_id is not None and not _BOT_OF_DAY.first(row.pk, bot_id):
        _bot_links().create(parent_id=row.pk, target_id=bot_id)
