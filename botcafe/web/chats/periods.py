"""The headings of a list of chats: today, yesterday, the last week and month, and what is older."""

import datetime as dt

from django.utils.translation import gettext_lazy

PINNED = gettext_lazy("Pinned")
_PERIODS = (
    (0, gettext_lazy("Today")),
    (1, gettext_lazy("Yesterday")),
    (7, gettext_lazy("Previous 7 days")),
    (30, gettext_lazy("Previous 30 days")),
)
OLDER = gettext_lazy("Older")


def period_of(moment: dt.datetime | None, today: dt.date, zone: dt.tzinfo) -> str:
    """The heading under which a moment stands, in the days of a time zone."""
    if moment is None:
        return str(OLDER)
    days = (today - moment.astimezone(zone).date()).days
    return str(next((name for most, name in _PERIODS if days <= most), OLDER))
