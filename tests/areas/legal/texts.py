"""Versions of texts for the tests, made by the admin."""

from typing import Any

from botcafe.kit.richtext import from_markdown
from tests.people import Cast

PAST = "2026-01-01T00:00:00.000Z"


def version(number: str, words: str = "Be kind.", **more: Any) -> dict[str, Any]:
    """The body of an active version of the terms."""
    given = {"title": "Terms", "document_type": "terms", "version": number, "effective_date": PAST, "is_active": True}
    return {**given, "content": from_markdown(words), **more}


def publish(cast: Cast, number: str, words: str = "Be kind.", **more: Any) -> int:
    """A version, in force from now on: its id."""
    made: int = cast.ada.make("legalDocuments", version(number, words, **more))["id"]
    return made
