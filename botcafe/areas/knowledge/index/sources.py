"""Registers lore and memories as sources of the search index."""

from collections.abc import Iterable

from django.db import transaction

from botcafe.areas.knowledge.collections.knowledge import Knowledge
from botcafe.areas.knowledge.hooks.indexing import index_many, remove_rows
from botcafe.areas.knowledge.index.jobs import INDEXED_MODELS, READERS, embed_rows
from botcafe.retrieval.sources import IndexedSource, register_source


def register_sources() -> None:
    """Register lore entries and memories with the index."""
    register_source(
        IndexedSource("knowledge", READERS["knowledge"], refresh_lore, forget_lorebook, embed_job=embed_rows)
    )
    register_source(IndexedSource("memory", READERS["memory"], refresh_memories, embed_job=embed_rows))


def refresh_lore(ids: Iterable[int]) -> None:
    """Index lore entries anew where their text changed."""
    _refresh("knowledge", ids)


def refresh_memories(ids: Iterable[int]) -> None:
    """Index memories anew where their text changed."""
    _refresh("memory", ids)


def _refresh(kind: str, ids: Iterable[int]) -> None:
    wanted = sorted(set(ids))
    with transaction.atomic():
        rows = list(INDEXED_MODELS[kind].objects.filter(pk__in=wanted).order_by("pk"))
        index_many(kind, rows)
        remove_rows(kind, set(wanted) - {row.pk for row in rows})


def forget_lorebook(collection_id: int) -> None:
    """Remove the entries of a lorebook from the index."""
    rows = Knowledge.objects.filter(knowledge_collection=collection_id)
    remove_rows("knowledge", rows.values_list("pk", flat=True))
