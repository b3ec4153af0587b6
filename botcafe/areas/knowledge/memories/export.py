"""Exports a user's memories as a lorebook file, which other programs can import."""

from botcafe.areas.knowledge.collections.memory import MEMORIES, Memory
from botcafe.cms.schema.actor import Actor
from botcafe.formats.lore.model import Lorebook
from botcafe.formats.lore.model import LoreEntry as Entry
from botcafe.formats.lore.writer import write_lorebook
from botcafe.kit.json_types import JsonObject

SAME = ("type", "status", "importance", "emotional_context", "is_pinned", "happened_from", "happened_until", "origin")


def memories_file(actor: Actor) -> bytes:
    """All of the actor's own memories as `lorebook_v3` bytes; fields that lore lacks are in `extensions.botcafe`."""
    rows = MEMORIES.visible_to(actor).filter(user=actor.id).select_related("bot").order_by("id")
    return write_lorebook(Lorebook(name="Memories", entries=tuple(map(_entry, rows.iterator(500)))), "v3")


def _entry(row: Memory) -> Entry:
    own: JsonObject = {name: getattr(row, name) for name in SAME}
    own |= {"bot": row.bot.name, "created_at": row.created_at}
    return Entry(
        keys=tuple(str(topic) for topic in row.topics or []),
        content=row.entry,
        name=row.title or "",
        comment=row.title or "",
        enabled=row.status == "active",
        constant=bool(row.is_pinned),
        vectorized=True,
        extensions={"botcafe": {name: value for name, value in own.items() if value not in (None, "", {})}},
    )
