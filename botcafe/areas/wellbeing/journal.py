"""The mood journal of one person: entries by month, a line of the last days beside the use of the café, and a table to take along."""

import calendar
import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from botcafe.areas.keys.sealing import AccountSeal
from botcafe.areas.wellbeing.collections.internal import UseDay
from botcafe.areas.wellbeing.collections.mood import MOODS, Mood
from botcafe.areas.wellbeing.sealed_notes import open_note
from botcafe.areas.wellbeing.use import FinishedDay, local_datetime, present_day, zone_info
from botcafe.areas.wellbeing.use_state import peek_state
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden, NotFound
from botcafe.cms.write.write_operations import create_document, delete_by_id, update_by_id
from botcafe.kit.instants import from_epoch, to_epoch
from botcafe.kit.json_types import JsonObject

# How each mood stands in the line of the days: 1 is low, 5 is high.
SCORES = {
    "very-happy": 5,
    "excited": 5,
    "happy": 4,
    "content": 4,
    "neutral": 3,
    "anxious": 2,
    "frustrated": 2,
    "sad": 2,
    "angry": 1,
    "very-sad": 1,
}
TREND_DAYS = 30
MAX_MONTH_ENTRIES = 500
CSV_BATCH_ROWS = 500
CSV_COLUMNS = ("timestamp", "mood", "note")
FLAT = Query({"depth": "0"})
# A table program takes a text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry: its moment on the person's clocks, its mood and its words."""

    id: int
    at: dt.datetime
    mood: str
    note: str


@dataclass(frozen=True, slots=True)
class JournalDay:
    """A day of the calendar with its entries, oldest first."""

    day: dt.date
    entries: list[JournalEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class JournalMonth:
    """A month by weeks from Monday; None stands for days of other months. ``entries`` are the newest first."""

    year: int
    month: int
    today: dt.date
    weeks: list[list[JournalDay | None]]
    entries: list[JournalEntry]


@dataclass(frozen=True, slots=True)
class TrendDay:
    """One day: the mean of its moods (None without one), minutes of use, and of those the minutes at night."""

    day: dt.date
    score: float | None
    minutes: float
    night_minutes: float


def month_of(actor: Actor, asked: str) -> JournalMonth:
    """The entries of a month, asked for as ``2026-03``; this month where that names none."""
    zone, today, _ = _place_of(actor)
    year, month = _read_month(asked, today)
    first = dt.date(year, month, 1)
    following = first + dt.timedelta(days=calendar.monthrange(year, month)[1])
    rows = _rows_between(actor, _midnight(first, zone), _midnight(following, zone))[:MAX_MONTH_ENTRIES]
    entries = _as_entries(list(rows), zone)
    by_day: dict[dt.date, list[JournalEntry]] = {}
    for each in reversed(entries):
        by_day.setdefault(each.at.date(), []).append(each)
    weeks = [
        [JournalDay(day, by_day.get(day, [])) if day.month == month else None for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]
    return JournalMonth(year, month, today, weeks, entries)


def has_entries(actor: Actor) -> bool:
    """Whether the actor has written anything into the journal."""
    return MOODS.visible_to(actor).filter(user=actor.id).exists()


def trend_of(actor: Actor) -> list[TrendDay]:
    """The last thirty days, the oldest first: moods beside the use of the café."""
    zone, today, present = _place_of(actor)
    first = today - dt.timedelta(days=TREND_DAYS - 1)
    scores: dict[dt.date, list[int]] = {}
    rows = _rows_between(actor, _midnight(first, zone), _midnight(today + dt.timedelta(days=1), zone))
    for timestamp, mood in rows.values_list("at", "mood")[: TREND_DAYS * MAX_MONTH_ENTRIES]:
        scores.setdefault(local_datetime(to_epoch(timestamp), zone).date(), []).append(SCORES.get(mood, 3))
    use = {present.day: present}
    for row in UseDay.objects.filter(user=actor.id, day__gte=first.isoformat()):
        use.setdefault(row.day, FinishedDay(row.day, row.messages, row.active_seconds, row.night_seconds))
    days = [first + dt.timedelta(days=number) for number in range(TREND_DAYS)]
    return [_trend_day(day, scores.get(day, []), use.get(day.isoformat())) for day in days]


def entry_of(actor: Actor, entry_id: int) -> JournalEntry:
    """One entry of the actor's own. Raises NotFound."""
    row = MOODS.visible_to(actor).filter(user=actor.id, pk=entry_id).first()
    if row is None:
        raise NotFound
    return _as_entries([row], _place_of(actor)[0])[0]


def add_entry(actor: Actor, mood: str, note: str) -> None:
    """Write an entry of now. Raises Forbidden and ValidationFailed."""
    values: JsonObject = {"mood": mood, "note": note.strip() or None}
    create_document(MOODS, actor, values, FLAT)


def change_entry(actor: Actor, entry_id: int, mood: str, note: str) -> None:
    """Change mood and words of an entry. Raises Forbidden and ValidationFailed."""
    update_by_id(MOODS, actor, entry_id, {"mood": mood, "note": note.strip() or None}, FLAT)


def delete_entry(actor: Actor, entry_id: int) -> None:
    """Delete an entry. Raises Forbidden."""
    delete_by_id(MOODS, actor, entry_id, FLAT)


def journal_csv(actor: Actor) -> Iterator[str]:
    """All entries as lines of CSV, the oldest first, read while they are sent."""
    seal, last = AccountSeal(), 0
    yield _csv_line(CSV_COLUMNS)
    while rows := list(MOODS.visible_to(actor).filter(user=actor.id, pk__gt=last).order_by("pk")[:CSV_BATCH_ROWS]):
        last = rows[-1].pk
        for row in rows:
            note = open_note(seal, row.note) or ""
            yield _csv_line((row.timestamp or row.created_at, row.mood, _unlike_formula(note)))


def _place_of(actor: Actor) -> tuple[str, dt.date, FinishedDay]:
    """The actor's time zone, the date there, and what today comes to so far."""
    if actor.id is None:
        raise Forbidden
    state = peek_state(actor.id)
    return state.zone, local_datetime(state.moment, state.zone).date(), present_day(state.use)


def _rows_between(actor: Actor, start: str, end: str) -> QuerySet[Any]:
    rows = MOODS.visible_to(actor).filter(user=actor.id).annotate(at=Coalesce("timestamp", "created_at"))
    return rows.filter(at__gte=start, at__lt=end).order_by("-at", "-pk")


def _as_entries(rows: list[Mood], zone: str) -> list[JournalEntry]:
    seal = AccountSeal()
    return [
        JournalEntry(
            row.pk,
            local_datetime(to_epoch(row.timestamp or row.created_at), zone),
            row.mood,
            open_note(seal, row.note) or "",
        )
        for row in rows
    ]


def _trend_day(day: dt.date, scores: list[int], use: FinishedDay | None) -> TrendDay:
    score = sum(scores) / len(scores) if scores else None
    return TrendDay(day, score, (use.active_seconds if use else 0) / 60, (use.night_seconds if use else 0) / 60)


def _read_month(asked: str, today: dt.date) -> tuple[int, int]:
    try:
        found = dt.date.fromisoformat(f"{asked[:7]}-01")
    except ValueError:
        return today.year, today.month
    # The first and the last year of a calendar have no days around them.
    return (found.year, found.month) if 1900 <= found.year < 9999 else (today.year, today.month)


def _midnight(day: dt.date, zone: str) -> str:
    return from_epoch(dt.datetime.combine(day, dt.time(), zone_info(zone)).timestamp())


def _csv_line(values: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _unlike_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
