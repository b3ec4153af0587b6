"""The headings of a list of chats: today, yesterday, the last week and month, and what is older."""

import datetime as dt
from zoneinfo import ZoneInfo

PINNED = "Pinned"
_PERIODS = ((0, "Today"), (1, "Yesterday"), (7, "Previous 7 days"), (30, "Previous 30 days"))
OLDER = "Older"


def period_of(moment: dt.datetime | None, today: dt.date, zone: ZoneInfo) -> str:
    """The heading under which a moment stands, in the days of a time zone."""
    if moment is None:
        return OLDER
    days = (today - moment.astimezone(zone).date()).days
    return next((name for most, name in _PERIODS if days <= most), OLDER)
