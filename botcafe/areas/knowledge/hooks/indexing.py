"""Hooks that keep the index in step with lore and memories: words in the same transaction, vectors by a job.

No table is imported here, as the declarations of the tables import this module for their hooks.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.apps import apps

from botcafe.cms.schema.collection import Change
from botcafe.kit.ids import parse_row_id
from botcafe.kit.json_types import JsonObject
from botcafe.retrieval import index, sources, spaces
from botcafe.retrieval.chunking import split_text
from botcafe.retrieval.index import ChunkText, IndexDocument

# Memories in these states are not remembered.
CLOSED_STATUSES = frozenset({"superseded", "retracted", "proposed"})
INDEXED_COLUMNS = frozenset(
    [
        "entry",
        "title",
        "tags",
        "activation_settings_primary_keys",
        "type",
        "is_legacy_memory",
        "user_id",
        "knowledge_collection_id",
        "bot_id",
        "status",
        "topics",
        "emotional_context",
    ]
)
_SORTS = {"document": "document", "url": "document", "code": "document", "legacy_memory": "legacy_memory"}


def lore_document(row: Any, window_tokens: int | None = None) -> IndexDocument:
    """The index document of a lore entry: its chunks under the title, with tags and keys as additional words."""
    sort = "legacy_memory" if row.is_legacy_memory else _SORTS.get(row.type or "", "lore")
    beside = _joined(row.title, row.tags, row.activation_settings_primary_keys)
    chunks = _chunks(row.entry or "", row.title or "", sort, beside, window_tokens)
    return IndexDocument(row.user_id, "knowledge", row.pk, chunks, row.knowledge_collection_id or 0)


def memory_document(row: Any, window_tokens: int | None = None) -> IndexDocument:
    """The index document of a memory, with its topics as additional words; a closed memory has no chunks."""
    if row.status in CLOSED_STATUSES:
        return IndexDocument(row.user_id, "memory", row.pk, (), row.bot_id or 0)
    beside = _joined(row.title, row.topics, row.emotional_context)
    chunks = _chunks(row.entry or "", row.title or "", "memory", beside, window_tokens)
    return IndexDocument(row.user_id, "memory", row.pk, chunks, row.bot_id or 0)


DOCUMENT_BUILDERS: dict[str, Callable[..., IndexDocument]] = {"knowledge": lore_document, "memory": memory_document}


def _joined(*parts: Any) -> str:
    texts: list[str] = []
    for part in parts:
        texts += [str(each) for each in part] if isinstance(part, list | tuple) else [str(part)] if part else []
    return " ".join(texts)


def _chunks(text: str, title: str, sort: str, beside: str, window_tokens: int | None) -> tuple[ChunkText, ...]:
    pieces = split_text(text, sort, window_tokens or spaces.window_tokens())
    return tuple(
        ChunkText(each.start, each.end, each.text, f"{title}\n{each.text}" if title else each.text, beside)
        for each in pieces
    )


def index_row(change: Change) -> None:
    """Hook after a change: index the words at once and request vectors."""
    # Counters change at every search; indexing then would cost more than the search.
    if change.verb == "update" and not INDEXED_COLUMNS & change.values.keys():
        return
    row = change.collection.model.objects.filter(pk=change.row_id).first()
    if row is not None and index_one(change.collection.slug, row):
        sources.enqueue_embedding(change.collection.slug, row.user_id)


def index_one(kind: str, row: object, window_tokens: int | None = None) -> bool:
    """Update the index of a row in the caller's transaction; True where its vectors are still to be made."""
    return index_many(kind, [row], window_tokens)


def index_many(kind: str, rows: Sequence[Any], window_tokens: int | None = None) -> bool:
    """Update the index of many rows (each at most once) in the caller's transaction; True where any needs vectors."""
    window = window_tokens or spaces.window_tokens()
    made = [DOCUMENT_BUILDERS[kind](row, window) for row in rows]
    # The index compares digests, so a text that did not change costs neither words nor vectors.
    changed = index.index_many_words(made)
    _delete_own_records(kind, changed)
    index.remove_sources(kind, [source.id for source in made if source.id in changed and not source.chunks])
    waits = index.request_embeddings([source for source in made if source.id in changed])
    marks: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for row, source in zip(rows, made, strict=True):
        if row.pk in changed:
            fresh = _marks(kind, row, waits=waits) if source.chunks else {"vector_status": None}
            # Rows with the same change are grouped, so that an import of a thousand entries is a few updates.
            differing = tuple((name, value) for name, value in fresh.items() if getattr(row, name) != value)
            marks.setdefault(differing, []).append(row.pk)
    for fields, ids in marks.items():
        _mark(kind, ids, dict(fields))
    return waits


def _marks(kind: str, row: Any, *, waits: bool) -> dict[str, Any]:
    """The status columns of a row whose words have changed."""
    fresh: dict[str, Any] = {"vector_status": "pending" if waits else None}
    if row.is_vectorized and is_marked_by_us(row):
        fresh["is_vectorized"] = False
    if kind == "knowledge":
        fresh["vectorization_progress"] = 0 if waits else None
    return fresh


def is_marked_by_us(row: Any) -> bool:
    """Whether the server set the status columns of a row, and not a client over REST."""
    return row.vector_status is not None


def _mark(kind: str, ids: Sequence[int], fresh: JsonObject) -> None:
    rows = apps.get_model("knowledge", kind.title()).objects
    # In lots, since older SQLite builds allow 999 parameters per statement.
    for start in range(0, len(ids) if fresh else 0, 500):
        rows.filter(pk__in=ids[start : start + 500]).update(**fresh)


def remove_row(change: Change) -> None:
    """Hook after a deletion: remove words, vectors and records in the same transaction."""
    remove_rows(change.collection.slug, [int(change.row_id or 0)])


def remove_rows(kind: str, ids: Iterable[int]) -> None:
    """Remove rows from the index with their vector records, in the caller's transaction."""
    gone = list(ids)
    index.remove_sources(kind, gone)
    delete_records(kind, gone)


def remove_entries(change: Change) -> None:
    """Hook before a collection is deleted: remove its entries from the index."""
    sources.forget_scope("knowledge", int(change.row_id or 0))


def delete_records(kind: str, ids: Iterable[int], space: int | None = None) -> None:
    """Delete the vector records of rows, optionally of one embedding space only."""
    gone = [str(number) for number in ids]
    for start in range(0, len(gone), 500):
        rows = vector_records().filter(source_type=kind, source_id__in=gone[start : start + 500])
        (rows.filter(metadata__space=space) if space is not None else rows).delete()


def _delete_own_records(kind: str, ids: Iterable[int]) -> None:
    """Delete the records that the server made of rows, and keep those that clients wrote over REST."""
    gone = [str(number) for number in ids]
    for start in range(0, len(gone), 500):
        rows = vector_records().filter(source_type=kind, source_id__in=gone[start : start + 500])
        rows.filter(metadata__has_key="space").delete()


def vector_records() -> Any:
    """The rows of vector records."""
    return apps.get_model("knowledge", "VectorRecord").objects


def vector_id(kind: str, source: int, number: int, space: int) -> str:
    """The id of a vector: ``knowledge:12:0:1`` is the first chunk of entry 12 in space 1."""
    return f"{kind}:{source}:{number}:{space}"


def reindex_after_record_deletion(change: Change) -> None:
    """Hook after a vector record was deleted by its owner: if the server made it, index the row again.

    Records that clients wrote have no vectors in our index, so nothing follows from their deletion.
    """
    before = change.before or {}
    kind, source = str(before.get("source_type")), parse_row_id(before.get("source_id"))
    is_ours = isinstance(before.get("metadata"), dict) and "space" in before["metadata"]
    if not is_ours or kind not in DOCUMENT_BUILDERS or source is None:
        return
    row = apps.get_model("knowledge", kind.title()).objects.filter(pk=source).first()
    # Clients write records too, and may name any source in them.
    if row is not None and row.user_id != before.get("user_id"):
        return
    remove_rows(kind, [source])
    if row is not None and index_one(kind, row):
        sources.enqueue_embedding(kind, row.user_id)
