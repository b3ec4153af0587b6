"""Legal texts as pages list them."""

import datetime as dt
from dataclasses import dataclass

from botcafe.areas.legal.document_links import DocumentLink
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import parse_instant


@dataclass(frozen=True, slots=True)
class TextRow:
    """A version in a list."""

    id: int
    title: str
    version: str
    day: dt.datetime | None
    url: str


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """Something that the person has agreed to, and when."""

    document: TextRow
    agreed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A version to agree to, with the former one and the pieces of the difference."""

    document: TextRow
    html: str
    former: TextRow | None
    pieces: list[tuple[str, str]]


def document_row(link: DocumentLink, *, is_active: bool = True) -> TextRow:
    """A version as lists show it, with the address of its page."""
    url = page_url("legal:document", link.slug) if is_active else page_url("legal:version", link.slug, link.id)
    return TextRow(link.id, link.title, link.version, parse_instant(link.effective_date), url)
