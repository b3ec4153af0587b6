"""Stores an imported lorebook as a collection of entries, with the original JSON for a lossless export."""

from typing import Any

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, Knowledge, count_entries
from botcafe.areas.knowledge.collections.knowledge_collection import KNOWLEDGE_COLLECTIONS, next_revision
from botcafe.areas.knowledge.hooks.indexing import index_many
from botcafe.areas.knowledge.lore.books import fork_book
from botcafe.areas.knowledge.lore.field_map import DEEPEST_SCAN, LONGEST_ENTRY, clean_text, columns_of, live_mode
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.write import write_operations
from botcafe.formats.lore.model import Lorebook, LoreEntry
from botcafe.formats.lore.writer import unwrap_book
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject
from botcafe.retrieval import sources

WITHOUT_DEPTH = Query({"depth": "0"})
MAX_NAME_CHARACTERS = 500
BATCH = 500
# Under which names books keep their entries.
ITEMS = ("entries", "data", "worldinfo", "loreItems")


def store_lorebook(actor: Actor, book: Lorebook, owner_name: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Store a lorebook: the created collection, and the skipped entries as ``{what, why}``.

    Skipped entries are kept in the collection's ``origin`` for the export. Runs in the caller's transaction. Raises
    Forbidden and ValidationFailed.
    """
    if not KNOWLEDGE.create.may_create(actor) or actor.id is None:
        raise Forbidden
    kept, left_out, skipped = _sorted(book)
    data = {"name": name_for(book, owner_name), **_book_data(book, left_out)}
    made = write_operations.create_document(KNOWLEDGE_COLLECTIONS, actor, data, WITHOUT_DEPTH)
    _store_entries(actor.id, int(made["id"]), kept)
    return {**made, "knowledge_count": len(kept)}, skipped


def book_item(made: dict[str, Any]) -> dict[str, Any]:
    """What an answer tells of a lorebook that was stored; `count` is the number of its entries."""
    item = {"collection": "knowledgeCollections", "id": made["id"], "name": made["name"]}
    return item | ({"count": made["knowledge_count"]} if made.get("knowledge_count") else {})


def own_book_id(actor: Actor, book_id: object) -> int | None:
    """The id of a lorebook if it is there and the actor's own, else None."""
    if not isinstance(book_id, int) or isinstance(book_id, bool):
        return None
    found: int | None = (
        KNOWLEDGE_COLLECTIONS.visible_to(actor).filter(pk=book_id, user=actor.id).values_list("pk", flat=True).first()
    )
    return found


def update_lorebook(
    actor: Actor, book_id: int, book: Lorebook, owner_name: str
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]]:
    """Replace the entries of an own lorebook by those of a file: its item, that of a copy as it was, and what is skipped.

    Bots and chats that use the lorebook go on using it. Runs in the caller's transaction. Raises NotFound, Forbidden and
    ValidationFailed.
    """
    if own_book_id(actor, book_id) is None or actor.id is None:
        raise Forbidden
    copy_id = fork_book(actor, book_id)
    name = name_for(book, owner_name)
    copy_name = f"{name[:450]} (before the update)"
    write_operations.update_by_id(KNOWLEDGE_COLLECTIONS, actor, copy_id, {"name": copy_name}, WITHOUT_DEPTH)
    entries = Query({"where": {"knowledge_collection": {"equals": book_id}}})
    write_operations.delete_many(KNOWLEDGE, actor, entries)
    kept, left_out, skipped = _sorted(book)
    data = {"name": name, **_book_data(book, left_out)}
    write_operations.update_by_id(KNOWLEDGE_COLLECTIONS, actor, book_id, data, WITHOUT_DEPTH)
    _store_entries(actor.id, book_id, kept)
    kind = "knowledgeCollections"
    item = {"collection": kind, "id": book_id, "name": name, "count": len(kept)}
    return item, {"collection": kind, "id": copy_id, "name": copy_name}, skipped


def _book_data(book: Lorebook, left_out: list[JsonObject]) -> JsonObject:
    """The fields of a lorebook but for its name and entries."""
    return {
        "description": clean_text(book.description) or None,
        "lore_settings": {
            "scan_depth": None if book.scan_depth is None else min(max(book.scan_depth, 0), DEEPEST_SCAN),
            "token_budget": None if book.token_budget is None else max(book.token_budget, 0),
            "recursive_scanning": book.recursive_scanning,
        },
        "origin": {"kind": book.kind, "name": book.name, "raw": _without_entries(book), "left_out": [*left_out]},
    }


def _store_entries(user_id: int, number: int, kept: list[tuple[int, LoreEntry]]) -> None:
    rows = [_row(user_id, number, place, entry) for place, entry in kept]
    # In bulk and past the hooks: a book may have ten thousand entries. What the hooks do follows here once for all.
    made_rows = Knowledge.objects.bulk_create(rows, batch_size=BATCH)
    if index_many("knowledge", made_rows):
        sources.enqueue_embedding("knowledge", user_id)
    next_revision(number)
    count_entries(number)


def name_for(book: Lorebook, owner_name: str) -> str:
    """The name of the collection: the book's own, else "Lore of" its owner."""
    return (
        clean_text(book.name)[:MAX_NAME_CHARACTERS].strip() or f"Lore of {clean_text(owner_name)}"[:MAX_NAME_CHARACTERS]
    )


def title_for(entry: LoreEntry, number: int) -> str:
    """The name of an entry in messages to people."""
    return clean_text(entry.name or entry.comment or ", ".join(entry.keys[:3]) or f"entry {number + 1}")[:200]


def fault_of(entry: LoreEntry) -> str | None:
    """The reason why an entry cannot be stored as a row, or None."""
    if not clean_text(entry.content).strip():
        return "it has no text; the entry is kept with the book and goes out with it again"
    if len(entry.content) > LONGEST_ENTRY:
        return f"its text is longer than {LONGEST_ENTRY:,} characters; the entry is kept with the book"
    return None


def _sorted(
    book: Lorebook,
) -> tuple[list[tuple[int, LoreEntry]], list[JsonObject], list[dict[str, str]]]:
    """Entries to store as rows, entries to keep as raw JSON only, and the messages about the latter."""
    kept: list[tuple[int, LoreEntry]] = []
    left_out: list[JsonObject] = []
    skipped = [{"what": f"lore: {where}"[:200], "why": "it is no entry"} for where in book.left_out]
    for number, entry in enumerate(book.entries):
        why = fault_of(entry)
        if why is None:
            kept.append((number, entry))
        else:
            left_out.append({"number": number, "raw": entry.raw})
            skipped.append({"what": f"lore: {title_for(entry, number)}", "why": why})
    return kept, left_out, skipped


def _without_entries(book: Lorebook) -> JsonObject:
    """The book's JSON without its entries, which are stored one by one."""
    inner = {
        name: value for name, value in unwrap_book(book.raw).items() if name not in ITEMS or isinstance(value, str)
    }
    return {**book.raw, "data": inner} if book.raw.get("spec") == "lorebook_v3" else inner


def _row(user_id: int, collection_id: int, place: int, entry: LoreEntry) -> Knowledge:
    moment = now()
    return Knowledge(
        user_id=user_id,
        knowledge_collection_id=collection_id,
        type="text",
        created_timestamp=moment,
        modified_timestamp=moment,
        origin={"number": place, "mode": live_mode(entry), "raw": entry.raw},
        **columns_of(entry),
    )
