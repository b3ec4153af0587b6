"""Formatting that pages share: numbers, instants, money and quotes."""

import datetime as dt
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from botcafe.cms.revisions import FieldDiff, RowVersion
from botcafe.kit.instants import from_epoch
from botcafe.web.shell.addresses import page_url

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_QUOTE_CHARACTERS = 140


def query_number(request: HttpRequest, name: str) -> int | None:
    """A whole number of the query string; None for none and for what is none."""
    given = request.GET.get(name, "")
    # 18 digits fit into the 64 bits of an id; Python refuses to read numbers of thousands of digits.
    return int(given) if given.isdecimal() and len(given) < 19 else None


def parse_instant(instant: str | None) -> dt.datetime | None:
    """An instant of the database, as templates format it."""
    return dt.datetime.fromisoformat(instant) if instant else None


def show_day(instant: str | None) -> str:
    """The day of an instant by the reader's calendar; "" for none."""
    return _show(instant, "j M Y")


def show_minute(instant: str | None) -> str:
    """The day and the minute of an instant by the reader's clock; "" for none."""
    return _show(instant, "j M Y, H:i")


def _show(instant: str | None, form: str) -> str:
    moment = parse_instant(instant)
    return date_format(timezone.localtime(moment), form) if moment else ""


def start_of_day(day: str) -> str | None:
    """The instant at which a day (ISO) begins by the reader's clock; None for what is no day."""
    try:
        begin = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), timezone.get_current_timezone())
        return from_epoch(begin.timestamp())
    except (ValueError, OverflowError):
        return None


def as_context(page: "DataclassInstance") -> dict[str, object]:
    """The fields of a dataclass as a template's context; unlike ``asdict``, what they hold stays as it is."""
    return {each.name: getattr(page, each.name) for each in fields(page)}


def first_words(text: str | None) -> str:
    """The first words of a message on one line, without the asterisks of actions."""
    words = " ".join((text or "").replace("*", "").split())
    return words if len(words) <= MAX_QUOTE_CHARACTERS else f"{words[: MAX_QUOTE_CHARACTERS - 1]}…"


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
        VersionRow(parse_instant(v.made_at), v.is_present, v.changes, page_url(restore_route, name, v.id))
        for v in versions
    ]


def format_money(dollars: float | None) -> str:
    """A price in dollars; empty where it is unknown or zero."""
    if not dollars:
        return ""
    return f"${dollars:.2f}" if dollars >= 0.01 else f"${dollars:.2g}"
