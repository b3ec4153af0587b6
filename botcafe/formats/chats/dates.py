"""Parsing the dates that chat apps write, into UTC instants."""

import datetime as dt
import re
from typing import Final

from botcafe.kit import instants
from botcafe.kit.instants import from_epoch
from botcafe.kit.json_types import JsonValue

# Above this, a number counts milliseconds: as seconds it would be the year 5138.
_MAX_PLAUSIBLE_SECONDS: Final = 100_000_000_000
_MAX_UNIX_SECONDS: Final = 253_402_300_799
_SILLYTAVERN_DATE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})\s*@\s*(\d{1,2})h\s*(\d{1,2})m(?:\s*(\d{1,2})s)?(?:\s*(\d{1,3})ms)?", re.IGNORECASE
)
_MONTH_NAME_DATE = re.compile(
    r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4}),? (\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]m)?", re.IGNORECASE
)
_NUMERIC_DATE = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_instant(value: JsonValue) -> str | None:
    """A UTC instant such as `2026-01-31T12:00:00.000Z`, or None for what is no date.

    Understood: Unix seconds and milliseconds (numbers or digits), ISO 8601, `2024-7-12@01h31m37s`,
    `2024-6-5 @14h 56m 50s 682ms`, `June 19, 2023 2:20pm`. Dates without a zone are read as UTC.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _parse_unix_time(value)
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]{9,17}(\.[0-9]+)?", text):
        return _parse_unix_time(float(text))
    return (
        instants.parse_instant(text)
        or _parse_sillytavern_date(text)
        or _parse_month_name_date(text)
        or _parse_numeric_date(text)
    )


def _parse_unix_time(number: float) -> str | None:
    seconds = number / 1000 if abs(number) > _MAX_PLAUSIBLE_SECONDS else number
    return from_epoch(seconds) if 0 < seconds <= _MAX_UNIX_SECONDS else None


def _parse_sillytavern_date(text: str) -> str | None:
    found = _SILLYTAVERN_DATE.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, millis = (int(part or 0) for part in found.groups())
    return _format_instant(year, month, day, hour, minute, second, millis)


def _parse_month_name_date(text: str) -> str | None:
    found = _MONTH_NAME_DATE.fullmatch(text)
    if not found or found[1][:3].lower() not in _MONTHS:
        return None
    hour, half = int(found[4]), (found[7] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    month = _MONTHS.index(found[1][:3].lower()) + 1
    return _format_instant(int(found[3]), month, int(found[2]), hour, int(found[5]), int(found[6] or 0))


def _parse_numeric_date(text: str) -> str | None:
    found = _NUMERIC_DATE.fullmatch(text)
    return _format_instant(*(int(part or 0) for part in found.groups())) if found else None


def _format_instant(
    year: int, month: int, day: int, hour: int, minute: int, second: int, millis: int = 0
) -> str | None:
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, millis * 1000, tzinfo=dt.UTC)
    except ValueError:
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
