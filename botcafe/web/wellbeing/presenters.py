"""Limits and use in words, for their page."""

from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from botcafe.areas.wellbeing.limit_values import LimitValue, format_quiet_hours
from botcafe.areas.wellbeing.limits import find_reached, format_moment
from botcafe.areas.wellbeing.own_limits import OwnLimits


@dataclass(frozen=True, slots=True)
class UseBar:
    """How much of a limit is used, or what is used where there is none (``allowed`` 0)."""

    words: str
    used: int
    allowed: int


@dataclass(frozen=True, slots=True)
class AwaitedChange:
    """A limit that becomes looser at a moment, in words."""

    words: str


def use_bars(own: OwnLimits) -> list[UseBar]:
    """The bars of today and of this week."""
    limits = own.force.limits
    minutes, messages = int(own.use.day_seconds // 60), own.use.week_messages
    return [
        _bar(_day_words(minutes, limits.daily_time_limit_minutes), minutes, limits.daily_time_limit_minutes),
        _bar(_week_words(messages, limits.weekly_message_limit), messages, limits.weekly_message_limit),
    ]


def reached_words(own: OwnLimits) -> str:
    """The limit that is used up now, in words; "" for none."""
    found = find_reached(own.force.limits, own.use, own.moment, own.zone)
    return found.words if found else ""


def awaited_changes(own: OwnLimits) -> list[AwaitedChange]:
    """What becomes looser, and when."""
    return [
        AwaitedChange(_awaited_words(name, each.value, format_moment(each.at, own.zone)))
        for name, each in own.force.pending.items()
    ]


def quiet_words(own: OwnLimits) -> str:
    """The quiet hours that count now; "" for none."""
    return format_quiet_hours(own.force.limits.quiet_hours)


def _bar(words: str, used: int, allowed: int | None) -> UseBar:
    return UseBar(words, min(used, allowed or 0), allowed or 0)


def _day_words(minutes: int, allowed: int | None) -> str:
    if allowed is None:
        return ngettext("%(used)s minute today", "%(used)s minutes today", minutes) % {"used": minutes}
    words = ngettext("%(used)s of %(allowed)s minute today", "%(used)s of %(allowed)s minutes today", allowed)
    return words % {"used": minutes, "allowed": allowed}


def _week_words(messages: int, allowed: int | None) -> str:
    if allowed is None:
        return ngettext("%(used)s message this week", "%(used)s messages this week", messages) % {"used": messages}
    words = ngettext("%(used)s of %(allowed)s message this week", "%(used)s of %(allowed)s messages this week", allowed)
    return words % {"used": messages, "allowed": allowed}


def _awaited_words(name: str, value: LimitValue, at: str) -> str:
    if name == "daily_time_limit_minutes":
        words = gettext("From %(at)s you have %(value)s minutes a day.")
        none = gettext("From %(at)s there is no limit of minutes a day.")
    elif name == "weekly_message_limit":
        words = gettext("From %(at)s you have %(value)s messages a week.")
        none = gettext("From %(at)s there is no limit of messages a week.")
    elif name == "quiet_hours":
        words = gettext("From %(at)s your quiet hours are %(value)s.")
        none = gettext("From %(at)s you have no quiet hours.")
    elif name == "hide_words":
        words = none = gettext("From %(at)s fewer words are hidden in replies.")
    else:
        words = none = gettext("From %(at)s fewer words are kept from being sent.")
    if name == "quiet_hours" and isinstance(value, tuple):
        shown = format_quiet_hours(tuple(each for each in value if isinstance(each, tuple)))
        return (words if shown else none) % {"at": at, "value": shown}
    return (none if value is None else words) % {"at": at, "value": value}
