"""Formatting that pages share: numbers, moments, money and quotes."""

import datetime as dt
from typing import Any

from django.http import HttpRequest

from botcafe.cms.revisions import Version

LONGEST_QUOTE = 140


def number_of(request: HttpRequest, name: str) -> int | None:
    """A whole number of the query."""
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 19 else None


def moment(instant: str | None) -> dt.datetime | None:
    """An instant of the database as templates format it."""
    return dt.datetime.fromisoformat(instant) if instant else None


def beginning(text: str | None) -> str:
    """The first words of a message, on one line."""
    words = " ".join((text or "").replace("*", "").split())
    return words if len(words) <= LONGEST_QUOTE else f"{words[: LONGEST_QUOTE - 1]}…"


def versions_shown(versions: list[Version]) -> list[dict[str, Any]]:
    """Versions as their page shows them."""
    return [
        {"id": v.id, "made_at": moment(v.made_at), "is_present": v.is_present, "changes": v.changes} for v in versions
    ]


def money(dollars: float | None) -> str:
    """A price as it is read; nothing where it is not known or nothing."""
    if not dollars:
        return ""
    return f"${dollars:.2f}" if dollars >= 0.01 else f"${dollars:.2g}"
