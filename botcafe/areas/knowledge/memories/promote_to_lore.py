"""Promotes memories to lore entries, with links both ways, and undoes it."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, count_entries
from botcafe.areas.knowledge.collections.knowledge_collection import KNOWLEDGE_COLLECTIONS
from botcafe.areas.knowledge.collections.memory import MEMORIES, Memory
from botcafe.areas.knowledge.collections.memory_migration import MEMORY_MIGRATIONS, MemoryMigration
from botcafe.areas.knowledge.memories.actions import MAX_MEMORIES_AT_ONCE, own_memory
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, NotFound
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now

WITHOUT_DEPTH = Query({"depth": "0"})


def promote_memories(actor: Actor, ids: Sequence[object], collection: object = None) -> dict[str, Any]:
    """Create lore entries from memories, in one transaction: ``{collection, entries: [{memory, entry}]}``.

    Without a collection they go into "Memories of" the bot, created where it is missing. A memory that is lore already
    keeps its entry. Raises NotFound and BadRequest.
    """
    wanted = list(dict.fromkeys(ids))
    if not 0 < len(wanted) <= MAX_MEMORIES_AT_ONCE:
        raise BadRequest(f"ids: choose 1 to {MAX_MEMORIES_AT_ONCE} memories.")
    with transaction.atomic():
        rows = [own_memory(actor, number) for number in wanted]
        home = _home(actor, rows[0], collection)
        made = [{"memory": row.pk, "entry": _entry_of(actor, row, home)} for row in rows]
        count_entries(home)
        return {"collection": home, "entries": made}


def _home(actor: Actor, first: Memory, wanted: object) -> int:
    if wanted not in (None, ""):
        number = int(str(wanted)) if str(wanted).isdecimal() and len(str(wanted)) < 19 else 0
        rows = KNOWLEDGE_COLLECTIONS.visible_to(actor, "update").filter(pk=number, user=actor.id)
        if not rows.exists():
            raise NotFound("There is no such collection of yours.")
        return number
    name = f"Memories of {first.bot.name}"
    mine = KNOWLEDGE_COLLECTIONS.visible_to(actor, "update").filter(user=actor.id, name=name).order_by("id").first()
    if mine is not None:
        return int(mine.pk)
    data = {"name": name, "bot": [first.bot_id], "description": "Made of what was remembered in chats."}
    return int(write_operations.create_document(KNOWLEDGE_COLLECTIONS, actor, data, WITHOUT_DEPTH)["id"])


def _entry_of(actor: Actor, row: Memory, home: int) -> int:
    if row.lore_entry_id:
        return int(row.lore_entry_id)
    data = {
        "user": row.user_id,
        "knowledge_collection": home,
        "title": row.title or None,
        "entry": row.entry,
        "type": "text",
        "tags": [str(t) for t in row.topics or []],
        "tokens": row.tokens,
        "source_memory_id": row.pk,
        "source_conversation_id": row.conversation_id,
        "original_participants": row.participants,
        "memory_date_range": {"start": row.happened_from, "end": row.happened_until},
        "applies_to_bots": [row.bot_id],
        "applies_to_personas": [row.persona_id] if row.persona_id else [],
        "activation_settings": {"activation_mode": "hybrid", "primary_keys": [str(t) for t in row.topics or []][:6]},
        "narrative_timeline": {"from": row.happened_from, "until": row.happened_until},
    }
    entry = int(write_operations.create_document(KNOWLEDGE, SYSTEM, data, WITHOUT_DEPTH)["id"])
    done = {"converted_to_lore": True, "lore_entry": entry, "converted_at": now()}
    write_operations.update_by_id(MEMORIES, SYSTEM, row.pk, done, WITHOUT_DEPTH)
    details = {"importance": row.importance, "type": row.type}
    kept = {"user": row.user_id, "memory": row.pk, "lore_entry": entry, "status": "completed", "migrated_at": now()}
    write_operations.create_document(MEMORY_MIGRATIONS, SYSTEM, {**kept, "details": details}, WITHOUT_DEPTH)
    return entry


def undo_promotion(actor: Actor, ids: Sequence[object]) -> int:
    """Delete the lore entries made from memories and keep the memories; returns how many. Raises NotFound, Conflict."""
    with transaction.atomic():
        rows = [own_memory(actor, number) for number in dict.fromkeys(ids)]
        if not rows or not all(row.lore_entry_id for row in rows):
            raise Conflict("Not all of these memories have become lore.")
        homes = set()
        for row in rows:
            entry = row.lore_entry
            homes.add(int(entry.knowledge_collection_id))
            back = {"converted_to_lore": False, "lore_entry": None, "converted_at": None}
            write_operations.update_by_id(MEMORIES, SYSTEM, row.pk, back, WITHOUT_DEPTH)
            MemoryMigration.objects.filter(memory=row.pk, lore_entry=entry.pk).update(
                status="undone", lore_entry=None, updated_at=now()
            )
            KNOWLEDGE.model.objects.filter(source_memory=row.pk).exclude(pk=entry.pk).update(source_memory=None)
            write_operations.delete_by_id(KNOWLEDGE, SYSTEM, entry.pk, WITHOUT_DEPTH)
        count_entries(*homes)
        return len(rows)
