"""Limits as typed values: how they are read, how two of them are compared, and what a person's wish leaves in force."""

import re
from dataclasses import asdict, dataclass, field
from itertools import pairwise

from botcafe.kit.json_types import JsonObject, JsonValue

DAY_MINUTES = 24 * 60
MAX_WORDS, MAX_WORD_CHARACTERS = 200, 100
FILTER_LISTS = ("hide_words", "never_send")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
Spans = tuple[tuple[int, int], ...]
LimitValue = int | Spans | tuple[str, ...] | None


class LimitValueError(ValueError):
    """A value that is no limit; the words say what would be right."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person allows themselves. None and empty stand for no limit.

    ``quiet_hours`` are spans of minutes of the day, ``[start, end)``, none of which passes midnight; ``hide_words`` and
    ``never_send`` are words and phrases in lower case.
    """

    daily_time_limit_minutes: int | None = None
    weekly_message_limit: int | None = None
    quiet_hours: Spans = ()
    hide_words: tuple[str, ...] = ()
    never_send: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """The limits as they are stored."""
        return {name: _as_lists(getattr(self, name)) for name in LIMIT_NAMES}


NO_LIMITS = Limits()
LIMIT_NAMES = tuple(asdict(NO_LIMITS))


@dataclass(frozen=True, slots=True)
class Pending:
    """A looser value of one limit, and when it begins to count: seconds since 1970."""

    value: LimitValue
    at: float

    def as_json(self) -> JsonObject:
        """The value as it is stored."""
        return {"value": _as_lists(self.value), "at": self.at}


@dataclass(frozen=True, slots=True)
class LimitsInForce:
    """The limits that count now, and what loosens them later, by name."""

    limits: Limits = NO_LIMITS
    pending: dict[str, Pending] = field(default_factory=dict)

    def settled(self, moment: float) -> "LimitsInForce":
        """The same once everything that is due by ``moment`` counts."""
        due = {name: each.value for name, each in self.pending.items() if each.at <= moment}
        if not due:
            return self
        rest = {name: each for name, each in self.pending.items() if name not in due}
        return LimitsInForce(limits_from_json({**asdict(self.limits), **due}), rest)

    def after_wish(self, wish: Limits, moment: float, loosens_at: float) -> "LimitsInForce":
        """What is in force once the person wishes for ``wish``: what is tighter at once, what is looser at ``loosens_at``.

        A wish between what counts and what is awaited does not begin the waiting anew.
        """
        now = self.settled(moment)
        values: dict[str, object] = {}
        pending: dict[str, Pending] = {}
        for name in LIMIT_NAMES:
            held, wished = getattr(now.limits, name), getattr(wish, name)
            values[name] = tighter = _tightest(held, wished, name)
            if tighter == wished:
                continue
            awaited = now.pending.get(name)
            is_nearer = awaited is not None and _tightest(awaited.value, wished, name) == wished
            pending[name] = Pending(wished, awaited.at if awaited is not None and is_nearer else loosens_at)
        return LimitsInForce(limits_from_json(values), pending)


def limits_from_json(stored: object) -> Limits:
    """Read stored limits back, tolerantly: what is no limit is none."""
    given = stored if isinstance(stored, dict) else {}
    return Limits(
        _read_whole(given.get("daily_time_limit_minutes")),
        _read_whole(given.get("weekly_message_limit")),
        _merge_spans([(int(a), int(b)) for a, b in given.get("quiet_hours") or ()]),
        tuple(sorted(given.get("hide_words") or ())),
        tuple(sorted(given.get("never_send") or ())),
    )


def pending_from_json(stored: object) -> dict[str, Pending]:
    """Read stored pending values back."""
    given = stored if isinstance(stored, dict) else {}
    found = {}
    for name, each in given.items():
        value = getattr(limits_from_json({name: each["value"]}), name)
        found[name] = Pending(value, float(each["at"]))
    return found


def read_quiet_hours(given: object) -> Spans:
    """The spans of ``{"from": "23:00", "to": "07:00"}``; none for None. Raises LimitValueError."""
    if given in (None, {}):
        return ()
    wrong = LimitValueError('Give two times of the day, such as {"from": "23:00", "to": "07:00"}, or nothing.')
    if not isinstance(given, dict) or set(given) != {"from", "to"}:
        raise wrong
    times = [_TIME.fullmatch(each) if isinstance(each, str) else None for each in (given["from"], given["to"])]
    if times[0] is None or times[1] is None:
        raise wrong
    start, end = (int(each[1]) * 60 + int(each[2]) for each in times if each)
    if start == end:
        raise LimitValueError("Quiet hours that begin when they end have no length. Give two different times.")
    return _merge_spans([(start, end)] if start < end else [(start, DAY_MINUTES), (0, end)])


def read_content_filters(given: object) -> dict[str, tuple[str, ...]]:
    """The lists of ``{"hide_words": [...], "never_send": [...]}`` by name, in lower case. Raises LimitValueError."""
    if given is None:
        return dict.fromkeys(FILTER_LISTS, ())
    if not isinstance(given, dict) or set(given) - {*FILTER_LISTS}:
        raise LimitValueError('Give lists of words, such as {"hide_words": ["gore"], "never_send": ["my address"]}.')
    return {name: _read_words(name, given.get(name)) for name in FILTER_LISTS}


def format_quiet_hours(spans: Spans) -> str:
    """Spans as people read them: ``23:00–07:00``, with the night in one piece."""
    parts = list(spans)
    if len(parts) > 1 and parts[0][0] == 0 and parts[-1][1] == DAY_MINUTES:
        parts = [*parts[1:-1], (parts[-1][0], parts[0][1])]
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in parts)


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def _read_words(name: str, given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MAX_WORDS:
        raise LimitValueError(f"{name} is a list of at most {MAX_WORDS} words or phrases.")
    words = [" ".join(each.split()).casefold() if isinstance(each, str) else "" for each in given]
    if any(not 0 < len(each) <= MAX_WORD_CHARACTERS for each in words):
        raise LimitValueError(f"Each of {name} is a text of 1 to {MAX_WORD_CHARACTERS} characters.")
    return tuple(sorted(set(words)))


def _read_whole(value: object) -> int | None:
    return max(0, int(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _tightest(held: LimitValue, wished: LimitValue, name: str) -> LimitValue:
    """The stricter of two values; of spans and lists, both together."""
    if name == "quiet_hours":
        return _merge_spans([*held, *wished])  # type: ignore[misc]
    if isinstance(held, tuple) and isinstance(wished, tuple):
        return tuple(sorted({*held, *wished}))
    if isinstance(held, int) and isinstance(wished, int):
        return min(held, wished)
    return wished if held is None else held


def _merge_spans(spans: list[tuple[int, int]]) -> Spans:
    """Spans in order, without overlaps: at most 720, since each has a minute and a gap."""
    edges = sorted({edge for span in spans for edge in span})
    covered = [(start, end) for start, end in pairwise(edges) if any(a <= start and end <= b for a, b in spans)]
    merged: list[tuple[int, int]] = []
    for start, end in covered:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)


def _as_lists(value: LimitValue) -> JsonValue:
    if not isinstance(value, tuple):
        return value
    return [list(each) if isinstance(each, tuple) else each for each in value]
