"""Exports a lorebook as a file; an imported one keeps its original JSON with the changes applied."""

from dataclasses import replace
from typing import Any

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, Knowledge
from botcafe.areas.knowledge.collections.knowledge_collection import KNOWLEDGE_COLLECTIONS, KnowledgeCollection
from botcafe.areas.knowledge.lore.field_map import changed_in, texts_of
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.lore.model import Lorebook, LoreEntry, LoreForm
from botcafe.formats.lore.reader import detect_entry_form, read_entry
from botcafe.formats.lore.writer import character_book_json, entry_json, unwrap_book, write_lorebook
from botcafe.kit.json_types import JsonObject
from botcafe.kit.words import slugify_name

FORMS: tuple[LoreForm, ...] = ("st", "v3")
Changed = list[frozenset[str]]


def lorebook_file(actor: Actor, collection_id: int, form: str) -> tuple[str, bytes]:
    """File name and bytes of a collection. Raises NotFound, and BadRequest for a format that we do not write."""
    if form not in FORMS:
        raise BadRequest(f"format must be one of {', '.join(FORMS)}.")
    row = _collection(actor, collection_id)
    book, changed = build_lorebook(actor, row)
    chosen: LoreForm = "st" if form == "st" else "v3"
    return f"{slugify_name(row.name)}.json", write_lorebook(book, chosen, changed)


def _collection(actor: Actor, collection_id: int) -> KnowledgeCollection:
    found: KnowledgeCollection | None = KNOWLEDGE_COLLECTIONS.visible_to(actor).filter(pk=collection_id).first()
    if found is None:
        raise NotFound
    return found


def build_lorebook(actor: Actor, row: KnowledgeCollection) -> tuple[Lorebook, Changed]:
    """The lorebook with the entries that the actor may read, and per entry the fields changed since its import."""
    origin = texts_of(row.origin)
    raw = origin.get("raw")
    found: list[tuple[float, LoreEntry, frozenset[str]]] = []
    rows = KNOWLEDGE.visible_to(actor).filter(knowledge_collection=row.pk).exclude(is_legacy_memory=True).order_by("id")
    for each in rows:
        entry, changed = _entry(each)
        number = texts_of(each.origin).get("number")
        # The order of the file; entries written since follow at the end.
        found.append((number if isinstance(number, int) else float("inf"), entry, changed))
    # Entries that could not become rows go out again unchanged, so that import and export lose nothing.
    left_out = [kept for kept in origin.get("left_out") or [] if isinstance(kept, dict)]
    found += [
        (kept.get("number") or 0, _read(kept["raw"]), frozenset())
        for kept in left_out
        if isinstance(kept.get("raw"), dict)
    ]
    found.sort(key=lambda each: each[0])
    return _book(row, origin, raw if isinstance(raw, dict) else {}, found)


def _book(
    row: KnowledgeCollection,
    origin: Any,
    raw: JsonObject,
    found: list[tuple[float, LoreEntry, frozenset[str]]],
) -> tuple[Lorebook, Changed]:
    kind = origin.get("kind") or "v3"
    extensions = unwrap_book(raw).get("extensions")
    depth, budget = row.lore_settings_scan_depth, row.lore_settings_token_budget
    book = Lorebook(
        name=row.name if origin.get("name") or not origin else str(unwrap_book(raw).get("name") or ""),
        description=row.description or "",
        scan_depth=None if depth is None else int(depth),
        token_budget=None if budget is None else int(budget),
        recursive_scanning=row.lore_settings_recursive_scanning,
        extensions=extensions if isinstance(extensions, dict) else {},
        entries=tuple(entry for _, entry, _ in found),
        raw=raw,
        kind=str(kind),
    )
    return book, [changed for _, _, changed in found]


def _read(raw: JsonObject) -> LoreEntry:
    return read_entry(raw, "", ImportNotes()) if detect_entry_form(raw) else LoreEntry(raw=raw)


def _entry(row: Knowledge) -> tuple[LoreEntry, frozenset[str]]:
    raw = texts_of(row.origin).get("raw")
    return changed_in(row, _read(raw if isinstance(raw, dict) else {}))


def build_card_book(actor: Actor, ids: list[int], first: int | None) -> JsonObject | None:
    """The lorebooks of a bot merged into the one book of a card, or None; ``first`` came with the card and leads."""
    rows = {row.pk: row for row in KNOWLEDGE_COLLECTIONS.visible_to(actor).filter(pk__in=ids)}
    ordered = sorted(rows.values(), key=lambda row: (row.pk != first, row.pk))
    if not ordered:
        return None
    books = [build_lorebook(actor, row) for row in ordered]
    head = books[0][0]
    # Entries of several books can share only the v3 form, so the raw JSON of another form is not reused.
    if len(books) > 1 and head.kind not in {"v3"}:
        head = replace(head, raw={})
    written: list[JsonObject] = []
    for book, changed in books:
        for entry, fields in zip(book.entries, changed, strict=True):
            written.append(entry_json(entry, None if book is head else "v3", len(written), fields))
    return character_book_json(head, written)
