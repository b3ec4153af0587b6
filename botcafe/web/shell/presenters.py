"""Formatting that pages share: numbers, moments, money and quotes."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest

from botcafe.cms.revisions import FieldDiff, RowVersion
from botcafe.web.shell.addresses import page_url

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


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a bot or persona on its page."""

    made_at: dt.datetime | None
    is_present: bool
    changes: list[FieldDiff]
    restore_url: str


def version_rows(versions: list[RowVersion], restore_route: str, name: str | int) -> list[VersionRow]:
    """Versions as their page shows them; ``restore_route`` takes ``name`` and the version's id."""
    return [
        VersionRow(moment(v.made_at), v.is_present, v.changes, page_url(restore_route, name, v.id)) for v in versions
    ]


def money(dollars: float | None) -> str:
    """A price as it is read; nothing where it is not known or nothing."""
    if not dollars:
        return ""
    return f"${dollars:.2f}" if dollars >= 0.01 else f"${dollars:.2g}"
