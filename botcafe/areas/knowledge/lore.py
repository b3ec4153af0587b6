"""Lorebooks of cards become collections of entries, so that nothing of a card is lost."""

from typing import Any

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, count_entries
from botcafe.areas.knowledge.collections.knowledge_collection import KNOWLEDGE_COLLECTIONS
from botcafe.cms import writing
from botcafe.cms.actor import Actor
from botcafe.cms.errors import ApiError
from botcafe.cms.reading import Query
from botcafe.formats.lorebook import Lorebook

FLAT = Query({"depth": "0"})


def keep_book(actor: Actor, book: Lorebook, owner_name: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Keep a lorebook: the collection made, and the entries that were left out with the reason."""
    name = book.name or f"Lore of {owner_name}"
    made = writing.create(
        KNOWLEDGE_COLLECTIONS, actor, {"name": name[:500], "description": book.description or None}, FLAT
    )
    skipped = []
    for number, entry in enumerate(book.entries):
        title = entry.name or entry.comment or ", ".join(entry.keys[:3]) or f"entry {number + 1}"
        if not entry.content.strip():
            skipped.append({"what": f"lore: {title}"[:200], "why": "it has no text"})
            continue
        data = {
            "entry": entry.content,
            "type": "text",
            "knowledge_collection": made["id"],
            "tags": [k[:200] for k in entry.keys],
        }
        try:
            writing.create(KNOWLEDGE, actor, data, FLAT)
        except ApiError as error:
            skipped.append({"what": f"lore: {title}"[:200], "why": error.message})
    count_entries(int(made["id"]))
    return made, skipped
