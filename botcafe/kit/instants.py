"""Instants as the wire and the database write them: ISO 8601 text in UTC, to the millisecond."""

import datetime as dt
import re
import time
from functools import lru_cache

_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$")


def now() -> str:
    """Return the present instant, such as ``2026-01-31T12:00:00.000Z``."""
    return from_epoch(time.time())


def from_epoch(seconds: float) -> str:
    """Write seconds since 1970 as an instant."""
    # Rounded: as a float, 0.003 s after a whole second is often a little less.
    whole, millis = divmod(round(seconds * 1000), 1000)
    return f"{_write_second(whole)}.{millis:03d}Z"


# Most instants that are written are those of the present second.
@lru_cache(maxsize=64)
def _write_second(whole: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


def to_epoch(instant: str) -> float:
    """Read an instant back as seconds since 1970."""
    return dt.datetime.fromisoformat(instant).timestamp()


def parse_instant(text: str) -> str | None:
    """Normalise any ISO date or date-time to an instant; None where it is not one."""
    text = text.strip()
    if not _ISO.match(text):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
