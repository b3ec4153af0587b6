"""The queue of texts to embed: claim rows, embed outside any transaction, store the vectors in one.

A claim is a time until which nobody else tries; a worker that was killed lets go of it by itself. What fails waits
longer each time, and says why.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction

from botcafe.kit.db_errors import retry_on_conflict
from botcafe.llm.embeddings.remote import EmbedderError
from botcafe.retrieval import index, spaces
from botcafe.retrieval.index import IndexDocument, Vectors
from botcafe.retrieval.models import KINDS, Space, Waiting

# The rows of a worker that was killed wait this long before another takes them.
CLAIM_SECONDS = 90
CLAIM_BATCH = 32
FIRST_WAIT_SECONDS = 30
MAX_WAIT_SECONDS = 6 * 3600
LOG = logging.getLogger("botcafe.retrieval")


class SourceReader(Protocol):
    """How one kind of source is read and marked. All but ``load_documents`` are called inside a transaction."""

    kind: str

    def load_documents(self, ids: Sequence[int]) -> dict[int, IndexDocument]:
        """The sources that still are, with their pieces."""
        ...

    def lock_rows(self, ids: Sequence[int]) -> None:
        """Hold the rows until the transaction ends, before anything of the index is."""
        ...

    def mark_embedded(self, source: IndexDocument, space: Space) -> None:
        """The vectors of a source are in: write that down."""
        ...

    def mark_failed(self, ids: Sequence[int], reason: str) -> None:
        """The vectors of some sources could not be made."""
        ...


@dataclass(slots=True)
class EmbeddingResult:
    """The result of a run; ``next_try`` is when a failed source is due again (seconds since 1970), 0 for never.

    ``is_cut``: its time was over before all was done.
    """

    done: int = 0
    failed: int = 0
    next_try: float = 0.0
    error: str = ""
    is_cut: bool = False


def count_waiting(tenant: int | None = None, kind: str | None = None) -> int:
    """How many sources wait for their first attempt; failed ones that are retried later do not count."""
    rows = Waiting.objects.filter(attempts=0)
    if tenant is not None:
        rows = rows.filter(tenant_id=tenant)
    if kind is not None:
        rows = rows.filter(kind=KINDS[kind])
    return rows.count()


def list_failures(tenant: int, limit: int = 10) -> list[tuple[int, int, str]]:
    """Kind, source and reason of what could not be embedded."""
    rows = Waiting.objects.filter(tenant_id=tenant, attempts__gt=0).order_by("id")
    return list(rows.values_list("kind", "source", "last_error")[:limit])


def release_claims() -> None:
    """Release the claims of killed workers; called at the start of a worker."""
    Waiting.objects.filter(attempts=0).update(next_try=0)


def embed_due(
    reader: SourceReader,
    tenant: int | None = None,
    *,
    advance: Callable[[int], None] | None = None,
    seconds: float | None = None,
) -> EmbeddingResult:
    """Embed everything that is due of a kind, for one tenant or all. Must be called outside of transactions.

    After so many ``seconds`` no further batch is begun.
    """
    worked, ends = EmbeddingResult(), math.inf if seconds is None else time.monotonic() + seconds
    while rows := _claim_rows(reader.kind, tenant):
        before = worked.done + worked.failed
        for space_id in dict.fromkeys(row.space for row in rows):
            _embed_rows([row for row in rows if row.space == space_id], space_id, reader, worked)
        if advance:
            advance(worked.done + worked.failed - before)
        if time.monotonic() > ends:
            worked.is_cut = True
            break
    due = Waiting.objects.filter(kind=KINDS[reader.kind], attempts__gt=0)
    due = due.filter(tenant_id=tenant) if tenant is not None else due
    worked.next_try = due.order_by("next_try").values_list("next_try", flat=True).first() or 0.0
    return worked


def _claim_rows(kind: str, tenant: int | None) -> list[Waiting]:
    """Claim due rows for this worker; a row that failed before is claimed alone."""
    moment = time.time()
    due = Waiting.objects.filter(kind=KINDS[kind], next_try__lte=moment)
    if tenant is not None:
        due = due.filter(tenant_id=tenant)
    with transaction.atomic():
        # Another worker's rows are skipped instead of waited for (SQLite has one writer anyway).
        rows = list(due.select_for_update(skip_locked=True).order_by("attempts", "id")[:CLAIM_BATCH])
        # A text that the embedder cannot take would fail the whole batch again and again.
        if rows and rows[0].attempts:
            rows = rows[:1]
        rows = [row for row in rows if row.attempts == rows[0].attempts]
        Waiting.objects.filter(pk__in=[row.pk for row in rows]).update(next_try=moment + CLAIM_SECONDS)
    return rows


def _embed_rows(rows: Sequence[Waiting], space_id: int, reader: SourceReader, worked: EmbeddingResult) -> None:
    space = Space.objects.filter(pk=space_id, state__in=spaces.ACTIVE).first()
    loaded = reader.load_documents([row.source for row in rows]) if space else {}
    gone = [row.pk for row in rows if row.source not in loaded or not loaded[row.source].chunks]
    Waiting.objects.filter(pk__in=gone).delete()
    worked.done += len(gone)
    kept = [row for row in rows if row.pk not in set(gone)]
    if not kept or space is None:
        return
    try:
        vectors = _embed_documents(space, [loaded[row.source] for row in kept])
    except EmbedderError as error:
        _record_failure(kept, str(error), reader, worked)
        return
    except Exception as error:  # whatever a model throws is the reason, not the end of the worker
        LOG.exception("The embedder failed.")
        _record_failure(kept, f"{type(error).__name__}: {error}", reader, worked)
        return
    _store_results(kept, space, [(loaded[row.source], v) for row, v in zip(kept, vectors, strict=True)], reader, worked)


def _embed_documents(space: Space, sources: Sequence[IndexDocument]) -> list[list[list[float]]]:
    """The vectors of each source. Raises EmbedderError."""
    embedder = spaces.embedder_of(space)
    texts = [chunk.embedded for source in sources for chunk in source.chunks]
    made: list[list[float]] = []
    for start in range(0, len(texts), embedder.batch):
        made += embedder.embed_passages(texts[start : start + embedder.batch])
    found, at = [], 0
    for source in sources:
        found.append(made[at : at + len(source.chunks)])
        at += len(source.chunks)
    return found


def _store_results(
    rows: Sequence[Waiting],
    space: Space,
    made: Sequence[tuple[IndexDocument, Vectors]],
    reader: SourceReader,
    worked: EmbeddingResult,
) -> None:
    """Store the vectors, in one transaction per tenant, so that users do not wait for each other's locks."""
    for tenant in sorted({source.tenant for source, _ in made}):
        mine = [(s, v) for s, v in made if s.tenant == tenant]
        worked.done += retry_on_conflict(_store_tenant_results, rows, space, mine, reader)


def _store_tenant_results(
    rows: Sequence[Waiting], space: Space, mine: Sequence[tuple[IndexDocument, Vectors]], reader: SourceReader
) -> int:
    """Store vectors, records and status columns of one tenant; returns the number of sources."""
    names = sorted(s.id for s, _ in mine)
    with transaction.atomic():
        reader.lock_rows(names)
        asked = Waiting.objects.select_for_update().filter(pk__in=[row.pk for row in rows], source__in=names)
        digests = {row.source: row for row in asked.order_by("id")}
        fresh = [(s, v) for s, v in mine if s.id in digests and digests[s.id].digest == s.digest]
        went_in = index.store_many_vectors(mine[0][0].tenant, reader.kind, space.pk, fresh)
        for source, _ in fresh:
            if source.id in went_in:
                reader.mark_embedded(source, space)
        Waiting.objects.filter(pk__in=[digests[number].pk for number in went_in]).delete()
        again = [row.pk for number, row in digests.items() if number not in went_in]
        Waiting.objects.filter(pk__in=again).update(next_try=0)
        _request_again(reader, [s.id for s, _ in mine if s.id in digests and s.id not in went_in])
    return len(went_in)


def _request_again(reader: SourceReader, ids: Sequence[int]) -> None:
    """Index sources again that changed while they were embedded. Their rows are locked by the caller."""
    for source in reader.load_documents(ids).values() if ids else ():
        index.index_words(source)
        index.request_embedding(source)


def _record_failure(rows: Sequence[Waiting], reason: str, reader: SourceReader, worked: EmbeddingResult) -> None:
    moment = time.time()
    with transaction.atomic():
        reader.lock_rows(sorted(row.source for row in rows))
        for row in rows:
            # 30 s, 2 min, 8 min ...: a provider that is down for a night is not asked thousands of times.
            wait = min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 4.0**row.attempts)
            same = Waiting.objects.filter(pk=row.pk, digest=row.digest)
            same.update(attempts=row.attempts + 1, next_try=moment + wait, last_error=reason[:500])
        reader.mark_failed([row.source for row in rows], reason[:500])
    worked.failed += len(rows)
    worked.error = reason
