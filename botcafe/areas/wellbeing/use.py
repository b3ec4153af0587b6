"""How much a person has used the café today and this week: counted by instants, so that no clock and no zone gives more.

A day begins at midnight of the person's time zone. Whoever moves to another zone begins a new day there once the present one
has lasted 24 hours; a week, which begins on Monday, seven days (decision 0104).
"""

import datetime as dt
from dataclasses import asdict, dataclass, fields, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from botcafe.kit.json_types import JsonObject

GAP_SECONDS = 300.0
DAY_SECONDS = 86_400.0
NIGHT_BEGINS, NIGHT_ENDS = 23, 6
MAX_FORMER_ZONES = 20


@dataclass(frozen=True, slots=True)
class FinishedDay:
    """What a day came to; ``day`` is its date where the person was when it began."""

    day: str
    messages: int
    active_seconds: float
    night_seconds: float


@dataclass(frozen=True, slots=True)
class Use:
    """The counters of the present day and week. Moments are seconds since 1970.

    ``sitting_seconds`` is the use since the last pause of five minutes, ``reminded_seconds`` where of it a break was last
    suggested, ``former_zones`` the zones whose quiet hours still count and until when, ``noticed`` the limits that a notice
    has named in their period.
    """

    day_start: float = 0.0
    day_zone: str = ""
    day_messages: int = 0
    day_seconds: float = 0.0
    night_seconds: float = 0.0
    week_start: float = 0.0
    week_zone: str = ""
    week_messages: int = 0
    last_seen: float = 0.0
    sitting_seconds: float = 0.0
    reminded_seconds: float = 0.0
    zone: str = ""
    former_zones: tuple[tuple[str, float], ...] = ()
    noticed: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """The counters as they are stored."""
        return {
            **asdict(self),
            "former_zones": [list(each) for each in self.former_zones],
            "noticed": list(self.noticed),
        }

    def next_day(self, zone: str) -> float:
        """When the next day begins."""
        least = self.day_start + (1.0 if zone == self.day_zone else DAY_SECONDS)
        return _midnight_from(least, zone)

    def next_week(self, zone: str) -> float:
        """When the next week begins."""
        least = self.week_start + (1.0 if zone == self.week_zone else 7 * DAY_SECONDS)
        return _midnight_from(least, zone, is_monday=True)

    def with_message(self) -> "Use":
        """The counters with one message more."""
        return replace(self, day_messages=self.day_messages + 1, week_messages=self.week_messages + 1)


def use_from_json(stored: object) -> Use:
    """Read stored counters back."""
    given = (
        {each.name: stored[each.name] for each in fields(Use) if each.name in stored}
        if isinstance(stored, dict)
        else {}
    )
    lists = {
        "former_zones": tuple((str(zone), float(until)) for zone, until in given.get("former_zones", ())),
        "noticed": tuple(given.get("noticed", ())),
    }
    return Use(**{**given, **lists})


def advance(use: Use, moment: float, zone: str, zone_seconds: float) -> tuple[Use, FinishedDay | None]:
    """The counters at a sign of life: the time since the last one counts if it is at most five minutes.

    ``zone`` is where the person is now; the quiet hours of the zone they left count for ``zone_seconds`` more. A day that
    has ended on the way is returned too.
    """
    use = _move(use, moment, zone, zone_seconds)
    if not use.day_start:
        day, week = _midnight_before(moment, zone), _midnight_before(moment, zone, is_monday=True)
        fresh = replace(use, day_start=day, day_zone=zone, week_start=week, week_zone=zone, last_seen=moment)
        return fresh, None
    gap = moment - use.last_seen
    seen = gap if 0 < gap <= GAP_SECONDS else 0.0
    is_break = gap > GAP_SECONDS
    begins = use.next_day(zone)
    finished = None
    if moment >= begins:
        earlier = min(seen, max(0.0, begins - use.last_seen))
        finished = _finish(_add_time(use, earlier, use.last_seen))
        seen -= earlier
        use = replace(
            use,
            day_start=_midnight_before(moment, zone),
            day_zone=zone,
            day_messages=0,
            day_seconds=0.0,
            night_seconds=0.0,
            noticed=tuple(each for each in use.noticed if each.startswith("weekly")),
            sitting_seconds=use.sitting_seconds + earlier,
        )
    if moment >= use.next_week(zone):
        start = _midnight_before(moment, zone, is_monday=True)
        kept = tuple(each for each in use.noticed if not each.startswith("weekly"))
        use = replace(use, week_start=start, week_zone=zone, week_messages=0, noticed=kept)
    use = _add_time(use, seen, moment)
    sitting = 0.0 if is_break else use.sitting_seconds + seen
    return replace(
        use,
        last_seen=moment,
        sitting_seconds=sitting,
        reminded_seconds=0.0 if is_break else use.reminded_seconds,
    ), finished


def present_day(use: Use) -> FinishedDay:
    """What the present day comes to so far."""
    return _finish(use)


def zone_info(name: str) -> ZoneInfo:
    """The zone of that name; UTC for none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def minute_of_day(moment: float, zone: str) -> int:
    """The minutes since midnight on the clocks of a zone."""
    local = local_datetime(moment, zone)
    return local.hour * 60 + local.minute


def local_datetime(moment: float, zone: str) -> dt.datetime:
    """A moment on the clocks of a zone."""
    return dt.datetime.fromtimestamp(moment, zone_info(zone))


def local_time(moment: float, zone: str, *, minutes: int) -> float:
    """When the clocks of a zone show that many minutes after the midnight before a moment: seconds since 1970."""
    days, rest = divmod(minutes, 24 * 60)
    day = local_datetime(moment, zone).date() + dt.timedelta(days=days)
    found = dt.datetime.combine(day, dt.time(rest // 60, rest % 60), zone_info(zone))
    # Where clocks are set back, that time comes twice.
    return found.timestamp() if found.timestamp() > moment else found.replace(fold=1).timestamp()


def _move(use: Use, moment: float, zone: str, zone_seconds: float) -> Use:
    former = tuple(each for each in use.former_zones if each[1] > moment)
    if use.day_start and zone != use.zone and len(former) < MAX_FORMER_ZONES:
        former = (*(each for each in former if each[0] != use.zone), (use.zone, moment + zone_seconds))
    return replace(use, zone=zone, former_zones=former)


def _add_time(use: Use, seconds: float, moment: float) -> Use:
    hour = minute_of_day(moment, use.zone) // 60
    night = seconds if hour >= NIGHT_BEGINS or hour < NIGHT_ENDS else 0.0
    return replace(use, day_seconds=use.day_seconds + seconds, night_seconds=use.night_seconds + night)


def _finish(use: Use) -> FinishedDay:
    # Noon rather than midnight: where clocks leap at midnight, the first second may have the date of the day before.
    day = local_datetime(use.day_start + DAY_SECONDS / 2, use.day_zone).date().isoformat()
    return FinishedDay(day, use.day_messages, round(use.day_seconds, 3), round(use.night_seconds, 3))


def _midnight(day: dt.date, zone: str) -> float:
    return dt.datetime.combine(day, dt.time(), zone_info(zone)).timestamp()


def _midnight_before(moment: float, zone: str, *, is_monday: bool = False) -> float:
    day = local_datetime(moment, zone).date()
    return _midnight(day - dt.timedelta(days=day.weekday() if is_monday else 0), zone)


def _midnight_from(least: float, zone: str, *, is_monday: bool = False) -> float:
    """The first midnight (of a Monday) that is not before ``least``."""
    day = local_datetime(least, zone).date()
    while (is_monday and day.weekday()) or _midnight(day, zone) < least:
        day += dt.timedelta(days=1)
    return _midnight(day, zone)
