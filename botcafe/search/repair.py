"""Compare rows with the index, and repair what is missing, stale or orphaned (``botcafe reindex`` and ``doctor``).

Works in batches over everything, and may be stopped and started again at any time.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from botcafe.areas.companions.collections.message import Message
from botcafe.areas.knowledge.collections.knowledge import Knowledge
from botcafe.areas.knowledge.collections.memory import Memory
from botcafe.areas.knowledge.collections.vector_record import VectorRecord
from botcafe.areas.knowledge.hooks.indexing import (
    CLOSED_STATUSES,
    DOCUMENT_BUILDERS,
    delete_records,
    index_many,
    remove_rows,
    vector_id,
)
from botcafe.areas.knowledge.index.jobs import embed_waiting, finish_spaces
from botcafe.retrieval import embedding_queue, index, spaces, vector_store
from botcafe.retrieval.index import IndexDocument
from botcafe.retrieval.models import KINDS, NAMES, Chunk, Posting, Tally, Waiting
from botcafe.retrieval.word_index import POSTING_TYPE
from botcafe.search import messages

BATCH_SIZE = 200
MODELS: dict[str, Any] = {"knowledge": Knowledge, "memory": Memory}
Advance = Callable[[int], None]


@dataclass(slots=True)
class RepairReport:
    """What was wrong, by its name, and how often; ``waiting`` vectors are still to be made."""

    counts: dict[str, int] = field(default_factory=dict)
    waiting: int = 0

    def add(self, name: str, count: int = 1) -> None:
        """Count something."""
        if count:
            self.counts[name] = self.counts.get(name, 0) + count


def count_rows() -> int:
    """How many rows a walk looks at."""
    return sum(model.objects.count() for model in MODELS.values())


def check_rows(found: RepairReport, advance: Advance) -> None:
    """Index rows again whose words are missing or stale, and queue rows without vectors."""
    window = spaces.window_tokens()
    wanted = spaces.space_ids(spaces.active_spaces())
    for kind, model in MODELS.items():
        for ids in _id_batches(model):
            with transaction.atomic():
                # Locked, so that a row cannot change between reading it and indexing it.
                rows = list(model.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
                _check_lot(kind, rows, window, wanted, found)
            advance(len(ids))


def index_missing(kind: str, after: int) -> int:
    """Index a batch of rows without words whose ids are above ``after``: the last id, 0 where there were none.

    Such rows are those of a version that had no index. Rows whose words are stale are the doctor's.
    """
    indexed = Chunk.objects.filter(kind=KINDS[kind], source=OuterRef("pk"))
    rows = MODELS[kind].objects.filter(~Exists(indexed), pk__gt=after).exclude(entry="")
    if kind == "memory":
        rows = rows.exclude(status__in=CLOSED_STATUSES)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE])
    with transaction.atomic():
        index_many(kind, list(MODELS[kind].objects.select_for_update().filter(pk__in=ids).order_by("pk")))
    return ids[-1] if ids else 0


def _id_batches(model: Any) -> Iterator[list[int]]:
    last = 0
    while ids := list(model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE]):
        yield ids
        last = ids[-1]


def _check_lot(kind: str, rows: list[Any], window: int, wanted: list[int], found: RepairReport) -> None:
    sources = [DOCUMENT_BUILDERS[kind](row, window) for row in rows]
    stale = index.find_stale(sources)
    found.add(f"{kind} without its words", len(stale))
    index_many(kind, [row for row in rows if row.pk in stale], window)
    for source in sources:
        if source.chunks and source.id not in stale:
            _check_vectors(kind, source, wanted, found)


def _check_vectors(kind: str, source: IndexDocument, wanted: list[int], found: RepairReport) -> None:
    waits = set(Waiting.objects.filter(kind=KINDS[kind], source=source.id).values_list("space", flat=True))
    for space in wanted:
        names = [vector_id(kind, source.id, number, space) for number in range(len(source.chunks))]
        there = VectorRecord.objects.filter(vector_id__in=names).count()
        if there < len(names) and space not in waits:
            found.add(f"{kind} without vectors")
            index.request_embedding(source)
            model = MODELS[kind].objects.filter(pk=source.id)
            model.update(vector_status="pending")
            break


def check_index(found: RepairReport) -> None:
    """Remove chunks, vectors and words of deleted rows, and queue sources whose vectors and records do not match.

    Before that, move vectors to the store that ``BOTCAFE_VECTORS`` names.
    """
    for tenant, number, space in vector_store.list_misplaced():
        with transaction.atomic():
            index.lock_index(tenant, NAMES[number])
            found.add("vectors in the other table", vector_store.move_vectors(tenant, number, space))
    for tenant, number in _indexed_pairs():
        with transaction.atomic():
            kind = NAMES[number]
            # One transaction and lock per user and kind, so that a repair of a large installation never blocks
            # everybody.
            index.lock_index(tenant, kind)
            _drop_orphans(tenant, kind, found)
            _match_vectors(tenant, kind, found)
            found.add("words of no piece", _drop_words(tenant, number))
            found.add("counts of words", int(index.recount_tally(tenant, kind)))


def _indexed_pairs() -> list[tuple[int, int]]:
    pairs = vector_store.list_holdings()
    for table in (Chunk, Posting, Tally, Waiting):
        pairs |= set(table.objects.order_by().values_list("tenant_id", "kind").distinct())
    return sorted(pairs)


def _drop_orphans(tenant: int, kind: str, found: RepairReport) -> None:
    sources = set(Chunk.objects.filter(tenant_id=tenant, kind=KINDS[kind]).values_list("source", flat=True))
    sources |= set(Waiting.objects.filter(tenant_id=tenant, kind=KINDS[kind]).values_list("source", flat=True))
    model = MODELS.get(kind, Message)
    there: set[int] = set()
    some = sorted(sources)
    for start in range(0, len(some), 500):
        rows = model.objects.filter(pk__in=some[start : start + 500], user=tenant)
        if kind == "message":
            rows = rows.filter(deleted_at__isnull=True, conversation__deleted_at__isnull=True)
        there |= set(rows.values_list("pk", flat=True))
    gone = sources - there
    found.add(f"pieces of {kind} that is gone", len(gone))
    if kind in MODELS:
        remove_rows(kind, gone)
    else:
        messages.remove_messages(gone)


def _match_vectors(tenant: int, kind: str, found: RepairReport) -> None:
    """Repair sources that neither have all vectors with their records nor wait for all of them."""
    chunks = dict(Chunk.objects.filter(tenant_id=tenant, kind=KINDS[kind]).values_list("pk", "source"))
    waits = set(Waiting.objects.filter(tenant_id=tenant, kind=KINDS[kind]).values_list("source", "space"))
    pieces = Counter(chunks.values())
    for space in spaces.space_ids(spaces.active_spaces()):
        ids, src = (array.tolist() for array in vector_store.list_sources(tenant, space, KINDS[kind]))
        have = Counter(source for number, source in zip(ids, src, strict=True) if chunks.get(number) == source)
        vectors = Counter(src)
        records = pieces if kind == "message" else _count_records(tenant, kind, space)
        wrong = set()
        for source in {*pieces, *vectors, *records}:
            count = pieces[source]
            is_whole = count and (have[source], vectors[source], records[source]) == (count, count, count)
            is_to_come = (source, space) in waits and not vectors[source]
            if not is_whole and not (is_to_come and (kind == "message" or not records[source])):
                wrong.add(source)
        gone = wrong - set(pieces)
        found.add(f"vectors of {kind} without their row", len(gone))
        found.add(f"{kind} whose vectors and records do not match", len(wrong - gone))
        _repair_sources(tenant, kind, space, wrong, wrong - gone)


def _count_records(tenant: int, kind: str, space: int) -> Counter[int]:
    """How many records of ours each source has in a space."""
    counts: Counter[int] = Counter()
    if kind in MODELS:
        rows = VectorRecord.objects.filter(user=tenant, source_type=kind, vector_id__endswith=f":{space}")
        for name in rows.filter(vector_id__startswith=f"{kind}:").values_list("vector_id", flat=True):
            parts = name.split(":")
            if len(parts) == 4 and parts[1].isdecimal():
                counts[int(parts[1])] += 1
    return counts


def _repair_sources(tenant: int, kind: str, space: int, drop: set[int], ask: set[int]) -> None:
    if drop:
        index.remove_vectors(tenant, kind, drop, space)
        if kind in MODELS:
            delete_records(kind, drop, space)
    if kind == "message":
        sources = messages.load_message_documents(sorted(ask)) if ask else {}
    else:
        rows = MODELS[kind].objects.filter(pk__in=ask)
        sources = {row.pk: DOCUMENT_BUILDERS[kind](row) for row in rows}
        rows.update(vector_status="pending")
    for source in sources.values():
        index.request_embedding(source)


def _drop_words(tenant: int, number: int) -> int:
    """Remove postings of chunks that no longer exist; returns how many."""
    ids = np.array(sorted(Chunk.objects.filter(tenant_id=tenant, kind=number).values_list("pk", flat=True)), np.int64)
    gone = 0
    for row in Posting.objects.filter(tenant_id=tenant, kind=number).iterator(500):
        entries = np.frombuffer(bytes(row.entries), POSTING_TYPE)
        kept = entries[np.isin(entries["id"], ids)]
        if len(kept) == len(entries):
            continue
        gone += len(entries) - len(kept)
        here = Posting.objects.filter(tenant_id=tenant, kind=number, term=row.term, block=row.block)
        if len(kept):
            here.update(entries=kept.tobytes(), n=len(kept), last=int(kept["id"][-1]))
        else:
            here.delete()
    return gone


def clear_lore_index() -> None:
    """Empty the index of lore and memories, so that all of it is made anew. Records of ours go too.

    Messages stay until ``check_chats`` makes them anew: how far chats are indexed is known from them alone.
    """
    with transaction.atomic():
        for number in (KINDS[kind] for kind in MODELS):
            vector_store.delete_vectors(kind=number)
            for table in (Chunk, Posting, Tally, Waiting):
                table.objects.filter(kind=number).delete()
        VectorRecord.objects.filter(metadata__has_key="space").delete()


def check_chats(found: RepairReport, advance: Advance = lambda count: None, *, anew: bool = False) -> None:
    """Index messages again whose words are stale, or all indexed messages with ``anew``."""
    last = 0
    while ids := _indexed_messages(last):
        with transaction.atomic():
            found.add("message without its words", messages.refresh_messages(ids, anew=anew))
        last = ids[-1]
        advance(len(ids))


def _indexed_messages(after: int) -> list[int]:
    rows = Chunk.objects.filter(kind=KINDS["message"], source__gt=after)
    return list(rows.order_by("source").values_list("source", flat=True).distinct()[:BATCH_SIZE])


def index_chats(advance: Advance) -> int:
    """Index the messages of all chats that are indexed already, up to where each is: how many messages were new."""
    rows = (
        Chunk.objects.filter(kind=KINDS["message"]).order_by().values("tenant_id", "scope").annotate(last=Max("source"))
    )
    total = 0
    for row in rows:
        total += messages.index_branch(row["tenant_id"], row["scope"], row["last"])
        advance(1)
    return total


def embed_all(advance: Advance) -> tuple[int, int, str]:
    """Make all vectors that are due: how many went in, how many failed, and the last reason."""
    first = embed_waiting(advance=advance)
    second = messages.embed_messages(advance=advance)
    finish_spaces()
    return first.done + second.done, first.failed + second.failed, first.error or second.error


def count_waiting() -> int:
    """How many vectors are waited for, failures not counted."""
    return embedding_queue.count_waiting()


def resume_embedding() -> None:
    """Release claims of killed workers, and start building a new space where the settings name another model."""
    embedding_queue.release_claims()
    before = spaces.space_ids(spaces.active_spaces())
    target = spaces.target_space()
    if target is not None and before and target.pk not in before:
        request_all_in_space(target.pk)


def request_all_in_space(space: int, advance: Advance = lambda count: None) -> None:
    """Ask for the vectors of everything that is indexed in a space that is being built."""
    last = 0
    while rows := list(Chunk.objects.filter(pk__gt=last, number=0).order_by("pk")[:BATCH_SIZE]):
        with transaction.atomic():
            index.request_embeddings_in_space(rows, space)
        last = rows[-1].pk
        advance(len(rows))
