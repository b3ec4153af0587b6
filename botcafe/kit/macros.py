"""Macros in cards, lore and notes: ``{{char}}``, ``{{random::a::b}}``, ``{{roll:2d6}}`` and their like.

The names and their meaning are those that character cards use (the list is in the user guide). Names are read without
regard to case; an argument follows ``::``, ``:`` or a space; what is not known stays as it stands. Nothing here writes,
so a macro in somebody's text can do no more than put words in.
"""

import datetime as dt
import hashlib
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Macros may contain macros; the bounds stop ones that grow without end.
MAX_ROUNDS = 12
MAX_TEXT_CHARACTERS = 400_000
MOST_DICE, MOST_SIDES = 100, 1_000_000

_MACRO = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*)\}\}", re.S)
_HEAD = re.compile(r"\s*(//|[A-Za-z_]+(?:[+-]\d{1,2}(?![\w.]))?)\s*(::?|\s|$)?(.*)\Z", re.S)
# Without the line breaks around it: a pattern that begins with them tries each of them anew.
_TRIM = re.compile(r"\{\{\s*trim\s*\}\}", re.I)
_ANGLES = re.compile(r"<(BOT|CHAR|USER)>", re.I)
# Python refuses to read thousands of digits as a number, so no count has more than nine.
_DICE = re.compile(r"(\d{0,9})d?(\d{1,9})?([+-]\d{1,9})?\Z")
_TIME_UTC = re.compile(r"time_utc([+-]\d+)?\Z")
_DATE_PARTS = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|A|a|\[[^\]]*\]")


@dataclass(frozen=True)
class MacroContext:
    """The values that macros can use. ``texts`` holds additional macros by lower-case name."""

    char: str
    user: str
    original: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    outlets: Mapping[str, str] = field(default_factory=dict)
    seed: str = ""
    chat: str = ""
    time_zone: str = ""
    moment: dt.datetime | None = None
    last_said: dt.datetime | None = None


def fill(text: str, scene: MacroContext) -> str:
    """The text with its macros replaced. A text without any is returned unchanged at once."""
    if "{{" not in text and "<" not in text:
        return text
    text = _substitute(_ANGLES, lambda m: scene.user if m[1].lower() == "user" else scene.char, text)
    # Seeded, so that a preview and the reply itself draw the same words.
    draw = random.Random(f"{scene.seed}:{text}")  # noqa: S311  (no secret: a draw that can be drawn again)
    for _ in range(MAX_ROUNDS):
        before = text
        text = _trim(text)
        text = _substitute(_MACRO, lambda m: _one(m, scene, draw), text)
        if text == before or len(text) > MAX_TEXT_CHARACTERS:
            break
    return text[:MAX_TEXT_CHARACTERS]


def _substitute(pattern: re.Pattern[str], value_of: Callable[[re.Match[str]], str], text: str) -> str:
    """As ``pattern.sub``, but nothing more is put in once the text is longer than what is kept of it.

    The values are not: sixty thousand names of a text of a megabyte would take all memory before anything is cut.
    """
    left = MAX_TEXT_CHARACTERS

    def value(match: re.Match[str]) -> str:
        nonlocal left
        found = value_of(match) if left >= 0 else ""
        left -= len(found)
        return found

    return pattern.sub(value, text)


def _trim(text: str) -> str:
    """The text without ``{{trim}}`` and the line breaks around it."""
    first, *parts = _TRIM.split(text)
    if not parts:
        return text
    *between, last = parts
    breaks = "\r\n"
    return "".join([first.rstrip(breaks), *(part.strip(breaks) for part in between), last.lstrip(breaks)])


def _one(match: re.Match[str], scene: MacroContext, draw: random.Random) -> str:
    head = _HEAD.match(match[1])
    if head is None:
        return match[0]
    name, mark, argument = head[1].lower(), head[2] or "", head[3]
    if name in _PLAIN and not argument.strip():
        return _PLAIN[name](scene)
    if name in scene.texts and not argument.strip():
        return scene.texts[name]
    if _TIME_UTC.match(name):
        return _at_offset(name, scene)
    act = _WITH_ARGUMENT.get(name)
    return act(argument, mark, scene, draw, match) if act else match[0]


def _now(scene: MacroContext) -> dt.datetime:
    moment = scene.moment or dt.datetime.now(dt.UTC)
    try:
        return moment.astimezone(ZoneInfo(scene.time_zone)) if scene.time_zone else moment
    except (ZoneInfoNotFoundError, ValueError):
        return moment


def _clock(moment: dt.datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment:%M %p}"


def _date(scene: MacroContext) -> str:
    moment = _now(scene)
    return f"{moment:%B} {moment.day}, {moment.year}"


def _at_offset(name: str, scene: MacroContext) -> str:
    hours = int(name.removeprefix("time_utc") or 0)
    return _clock(_now(scene).astimezone(dt.timezone(dt.timedelta(hours=max(-23, min(23, hours))))))


def _idle(scene: MacroContext) -> str:
    if scene.last_said is None:
        return "just now"
    minutes = int((_now(scene) - scene.last_said).total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "just now"


_PLAIN: dict[str, Callable[[MacroContext], str]] = {
    "char": lambda s: s.char,
    "bot": lambda s: s.char,
    "bot_name": lambda s: s.char,
    "user": lambda s: s.user,
    "user_name": lambda s: s.user,
    "original": lambda s: s.original,
    "newline": lambda s: "\n",
    "noop": lambda s: "",
    "time": lambda s: _clock(_now(s)),
    "date": _date,
    "weekday": lambda s: f"{_now(s):%A}",
    "isotime": lambda s: f"{_now(s):%H:%M}",
    "isodate": lambda s: f"{_now(s):%Y-%m-%d}",
    "idle_duration": _idle,
}


def _nothing(argument: str, mark: str, scene: MacroContext, draw: random.Random, match: re.Match[str]) -> str:
    return ""


def _choices(argument: str, mark: str) -> list[str]:
    if mark == "::" or "::" in argument:
        return [part.strip() for part in argument.split("::")]
    parts = re.split(r"(?<!\\),", argument)
    return [part.replace("\\,", ",").strip() for part in parts]


def _random(argument: str, mark: str, scene: MacroContext, draw: random.Random, match: re.Match[str]) -> str:
    return draw.choice(_choices(argument, mark))


def _pick(argument: str, mark: str, scene: MacroContext, draw: random.Random, match: re.Match[str]) -> str:
    """A choice that stays the same for the same chat, text and position (``{{pick}}``)."""
    given = _choices(argument, mark)
    hashed = _hash_of_text(scene.chat, match.string).copy()
    hashed.update(f":{match.start()}".encode())
    place = hashed.digest()
    # A hash and not random.Random: the choice must not depend on draws made before it.
    return given[int.from_bytes(place[:8], "big") % len(given)]


@lru_cache(maxsize=1)
def _hash_of_text(chat: str, text: str) -> "hashlib._Hash":
    # Once for all picks of a text, which may be many thousands.
    return hashlib.sha256(f"{chat}:{text}".encode("utf-8", "replace"))


def _roll(argument: str, mark: str, scene: MacroContext, draw: random.Random, match: re.Match[str]) -> str:
    """``6``, ``d6``, ``2d6+3``."""
    given = argument.strip().lower().replace(" ", "")
    found = _DICE.match(given)
    if not given or found is None:
        return match[0]
    if "d" in given:
        count, sides = int(found[1] or 1), int(found[2] or 0)
    else:
        count, sides = 1, int(f"{found[1]}{found[2] or ''}" or 0)
    if not 0 < count <= MOST_DICE or not 0 < sides <= MOST_SIDES:
        return match[0]
    return str(sum(draw.randint(1, sides) for _ in range(count)) + int(found[3] or 0))


def _reverse(argument: str, mark: str, scene: MacroContext, draw: random.Random, match: re.Match[str]) -> str:
    return argument[::-1]


def _outlet(argument: str, mark: str, scene: MacroContext, draw: random.Random, match: re.Match[str]) -> str:
    return scene.outlets.get(argument.strip(), "")


_FORMATS: dict[str, Callable[[dt.datetime], str]] = {
    "YYYY": lambda m: f"{m.year:04d}",
    "YY": lambda m: f"{m.year % 100:02d}",
    "MMMM": lambda m: f"{m:%B}",
    "MMM": lambda m: f"{m:%b}",
    "MM": lambda m: f"{m.month:02d}",
    "M": lambda m: str(m.month),
    "DD": lambda m: f"{m.day:02d}",
    "D": lambda m: str(m.day),
    "dddd": lambda m: f"{m:%A}",
    "ddd": lambda m: f"{m:%a}",
    "HH": lambda m: f"{m.hour:02d}",
    "H": lambda m: str(m.hour),
    "hh": lambda m: f"{m.hour % 12 or 12:02d}",
    "h": lambda m: str(m.hour % 12 or 12),
    "mm": lambda m: f"{m.minute:02d}",
    "m": lambda m: str(m.minute),
    "ss": lambda m: f"{m.second:02d}",
    "s": lambda m: str(m.second),
    "A": lambda m: f"{m:%p}",
    "a": lambda m: f"{m:%p}".lower(),
}


def _formatted(argument: str, mark: str, scene: MacroContext, draw: random.Random, match: re.Match[str]) -> str:
    moment = _now(scene)
    return _DATE_PARTS.sub(
        lambda m: m[0][1:-1] if m[0].startswith("[") else _FORMATS[m[0]](moment), argument.strip()[:200]
    )


_WITH_ARGUMENT: dict[str, Callable[[str, str, MacroContext, random.Random, re.Match[str]], str]] = {
    "//": _nothing,
    "comment": _nothing,
    "hidden_key": _nothing,
    "random": _random,
    "pick": _pick,
    "roll": _roll,
    "reverse": _reverse,
    "outlet": _outlet,
    "datetimeformat": _formatted,
}
