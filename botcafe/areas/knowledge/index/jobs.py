"""Jobs that embed lore and memories; records, status columns and the index change in one transaction."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from botcafe.areas.knowledge.collections.knowledge import Knowledge
from botcafe.areas.knowledge.collections.memory import Memory
from botcafe.areas.knowledge.collections.vector_record import VectorRecord
from botcafe.areas.knowledge.hooks.indexing import DOCUMENT_BUILDERS, delete_records, vector_id
from botcafe.jobs.queue import SLICE_SECONDS
from botcafe.kit.json_types import JsonObject
from botcafe.retrieval import embedding_queue, spaces
from botcafe.retrieval.index import IndexDocument
from botcafe.retrieval.models import Space

INDEXED_MODELS: dict[str, Any] = {"knowledge": Knowledge, "memory": Memory}


class RowReader:
    """Reads lore entries or memories for the embedding queue, and writes their status."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._rows = INDEXED_MODELS[kind].objects
        self._link = INDEXED_MODELS[kind].many_relations["vector_records"].link.objects

    def load_documents(self, ids: Sequence[int]) -> dict[int, IndexDocument]:
        """The index documents of the rows that still exist, by id."""
        window = spaces.window_tokens()
        made = DOCUMENT_BUILDERS[self.kind]
        return {row.pk: made(row, window) for row in self._rows.filter(pk__in=ids)}

    def lock_rows(self, ids: Sequence[int]) -> None:
        """Lock the rows until the transaction ends."""
        # In the order of ids, so that two workers lock in the same order and cannot deadlock.
        list(self._rows.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))

    def mark_embedded(self, source: IndexDocument, space: Space) -> None:
        """Write the vector records of a row and mark it as embedded."""
        # The records of this space only: while a new model takes over, the old space still answers searches.
        delete_records(self.kind, [source.id], space.pk)
        text = self._rows.values_list("entry", flat=True).get(pk=source.id)
        made = VectorRecord.objects.bulk_create(
            VectorRecord(
                vector_id=vector_id(self.kind, source.id, number, space.pk),
                source_type=self.kind,
                source_id=str(source.id),
                user_id=source.tenant,
                tenant_id=str(source.tenant),
                chunk_index=number,
                total_chunks=len(source.chunks),
                chunk_text=text[chunk.start : chunk.end],
                metadata={"space": space.pk, "start": chunk.start, "end": chunk.end},
                embedding_model=space.model_id,
                embedding_dimensions=space.dims,
            )
            for number, chunk in enumerate(source.chunks)
        )
        self._link.bulk_create([self._link.model(parent_id=source.id, target_id=row.pk) for row in made])
        marks: JsonObject = {"is_vectorized": True, "vector_status": "completed"}
        if self.kind == "knowledge":
            marks |= {"chunk_count": len(made), "vectorization_progress": 100}
        self._rows.filter(pk=source.id).update(**marks)

    def mark_failed(self, ids: Sequence[int], reason: str) -> None:
        """Mark rows as failed, except those that another space serves already."""
        self._rows.filter(pk__in=ids).exclude(vector_status="completed").update(vector_status="failed")


READERS = {kind: RowReader(kind) for kind in INDEXED_MODELS}


def embed_waiting(
    user: int | None = None, advance: Callable[[int], None] | None = None, seconds: float | None = None
) -> embedding_queue.EmbeddingResult:
    """Embed the lore and memories that are due, of one user or of all; ``seconds`` as for ``embed_due``, for each kind."""
    total = embedding_queue.EmbeddingResult()
    for reader in READERS.values():
        some = embedding_queue.embed_due(reader, user, advance=advance, seconds=seconds)
        total.done += some.done
        total.failed += some.failed
        total.error = some.error or total.error
        total.is_cut = some.is_cut or total.is_cut
        total.next_try = min(filter(None, (total.next_try, some.next_try)), default=0.0)
    finish_spaces()
    return total


def finish_spaces() -> None:
    """Switch to a new embedding space once it is complete, and delete the records of the old one."""
    for space in spaces.promote_finished_spaces():
        VectorRecord.objects.filter(metadata__space=space).delete()


@task()
def embed_rows(user: int | None = None) -> None:
    """Embed what is due for a while, and queue the next run: at once for what is left, else for the earliest retry."""
    if settings.JOBS != "database":
        embed_waiting(user)
        return
    worked = embed_waiting(user, seconds=SLICE_SECONDS)
    if worked.is_cut:
        embed_rows.enqueue(user=user)
    elif worked.next_try:
        moment = dt.datetime.fromtimestamp(worked.next_try, dt.UTC)
        embed_rows.using(run_after=max(moment, timezone.now())).enqueue(user=user)
