"""Writes the index, always in the caller's transaction, so that rows and their index change together.

Words are written with the row, vectors later by a job. A source that changes loses both at once, so that it is never
found by its old text.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
from django.db.models import Sum

from botcafe.retrieval import spaces, sql, vector_store, word_index
from botcafe.retrieval.models import KINDS, Chunk, Tally, Waiting
from botcafe.retrieval.terms import count_terms

# The ORM's bulk_create cannot set a column to a constant where the row exists already.
_UPSERT_WAITING = sql.statement(
    "INSERT INTO {table}({tenant_id}, {kind}, {source}, {space}, {digest}, {attempts}, {since}, {next_try}, {last_error}) "
    "VALUES (%s, %s, %s, %s, %s, 0, %s, 0, '') ON CONFLICT ({kind}, {source}, {space}) DO UPDATE SET "
    "{digest} = excluded.{digest}, {attempts} = 0, {next_try} = 0, {last_error} = '', {tenant_id} = excluded.{tenant_id}",
    Waiting,
)


# One vector for each chunk of a document.
Vectors: TypeAlias = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class ChunkText:
    """A chunk for the index: its offsets in the source, and the words that it is found by.

    ``context`` are words of its surroundings, which count less; ``embedded`` is the text of its vector.
    ``is_silent`` marks a chunk that has a vector but no words.
    """

    start: int
    end: int
    words: str
    embedded: str
    context: str = ""
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """The indexed form of a row: owner, kind, id, chunks, and the scope (chat, lorebook, bot) that it belongs to."""

    tenant: int
    kind: str
    id: int
    chunks: Sequence[ChunkText] = ()
    scope: int = 0

    @property
    def digest(self) -> str:
        """A hash of everything that its words and vectors are made of."""
        made = blake2b(digest_size=16)
        for each in self.chunks:
            made.update(
                f"{each.start}:{each.end}:{each.words}\0{each.context}\0{each.embedded}\1".encode("utf8", "replace")
            )
        return made.hexdigest()


# How much a word of the surroundings counts beside one of the piece itself.
CONTEXT_WEIGHT = 0.25


def is_current(source: IndexDocument) -> bool:
    """Whether the index has the present words of a source (none, if it has no chunks)."""
    return not find_stale([source])


def find_stale(sources: Sequence[IndexDocument]) -> dict[int, bool]:
    """Of sources of one kind, the ids whose indexed words are out of date, and whether any old ones exist."""
    found: dict[int, bool] = {}
    for some in sql.batches(sources):
        there: dict[int, list[tuple[object, ...]]] = {source.id: [] for source in some}
        rows = Chunk.objects.filter(kind=KINDS[some[0].kind], source__in=list(there))
        for number, *facts in rows.values_list("source", "tenant_id", "digest", "scope"):
            there[number].append(tuple(facts))
        for source in some:
            pieces, now = there[source.id], (source.tenant, source.digest, source.scope)
            if len(pieces) != len(source.chunks) or any(each != now for each in pieces):
                found[source.id] = bool(pieces)
    return found


def index_words(source: IndexDocument) -> bool:
    """Index the words of a source in place of its old ones; True if anything changed.

    Removes its vectors too, as they belong to the old text.
    """
    return bool(index_many_words([source]))


def index_many_words(sources: Sequence[IndexDocument]) -> set[int]:
    """Index the words of many sources of one kind, each at most once; returns the ids that changed."""
    changed: set[int] = set()
    for some in sql.batches(sources):
        found = find_stale(some)
        old = [number for number, has_others in found.items() if has_others]
        if old:
            _remove_chunks(list(Chunk.objects.filter(kind=KINDS[some[0].kind], source__in=old)))
        groups: dict[tuple[int, int], list[IndexDocument]] = {}
        for source in some:
            if source.id in found and source.chunks:
                groups.setdefault((source.tenant, KINDS[source.kind]), []).append(source)
        # Sorted, so that two writers lock tallies in the same order.
        for (tenant, kind), mine in sorted(groups.items()):
            _write_words(tenant, kind, mine)
        changed |= found.keys()
    return changed


def _write_words(tenant: int, kind: int, sources: Sequence[IndexDocument]) -> None:
    """Write chunks and postings of a tenant's sources that have none in the index."""
    rows: list[Chunk] = []
    said: list[tuple[int, Mapping[int, int]]] = []
    for source in sources:
        made = [_count_chunk_terms(each) for each in source.chunks]
        rows += _chunk_rows(source, made)
        said += made
    spoken = [length for length, terms in said if terms]
    word_index.update_tally(tenant, kind, len(spoken), sum(spoken))
    rows = Chunk.objects.bulk_create(rows)
    fresh = [(row.pk, length, terms) for row, (length, terms) in zip(rows, said, strict=True) if terms]
    word_index.add_chunks(tenant, kind, fresh)


def _chunk_rows(source: IndexDocument, made: Sequence[tuple[int, Mapping[int, int]]]) -> list[Chunk]:
    kind, digest = KINDS[source.kind], source.digest
    return [
        Chunk(
            tenant_id=source.tenant,
            kind=kind,
            source=source.id,
            number=number,
            scope=source.scope,
            starts=each.start,
            ends=each.end,
            length=length,
            digest=digest,
            terms=np.array(list(terms), "<i4").tobytes(),
        )
        for number, (each, (length, terms)) in enumerate(zip(source.chunks, made, strict=True))
    ]


def _count_chunk_terms(chunk: ChunkText) -> tuple[int, Mapping[int, int]]:
    """The length in words and the count of each term, with context words at a lower weight."""
    if chunk.is_silent:
        return 0, {}
    own = count_terms(chunk.words)
    # Counts are in quarters, so that context words can weigh a quarter in an integer.
    length = max(1, sum(own.values()) // 4)
    for term, times in (count_terms(chunk.context, CONTEXT_WEIGHT) if chunk.context else {}).items():
        own[term] += times
    return length, own


def store_vectors(source: IndexDocument, space: int, vectors: Sequence[Sequence[float]]) -> list[int]:
    """Store one vector per chunk of a source; returns the chunk ids, empty where its words have changed meanwhile."""
    kind = KINDS[source.kind]
    rows = list(Chunk.objects.filter(kind=kind, source=source.id).order_by("number"))
    if not _is_unchanged(rows, source, vectors):
        return []
    # Changes nothing but takes the tenant's lock and raises the revision, which makes caches reload.
    word_index.update_tally(source.tenant, kind, 0, 0)
    vector_store.remove_vectors(source.tenant, kind, [source.id], space)
    ids = [row.pk for row in rows]
    vector_store.add_vectors(source.tenant, space, kind, ids, [source.id] * len(ids), vectors)
    return ids


def store_many_vectors(tenant: int, kind: str, space: int, made: Sequence[tuple[IndexDocument, Vectors]]) -> set[int]:
    """Store the vectors of many sources of a tenant; returns the ids of those that were not changed meanwhile."""
    number = KINDS[kind]
    word_index.update_tally(tenant, number, 0, 0)
    rows: dict[int, list[Chunk]] = {}
    wanted = [source.id for source, _ in made]
    for row in Chunk.objects.filter(kind=number, source__in=wanted).order_by("number"):
        rows.setdefault(row.source, []).append(row)
    fit = [(s, v) for s, v in made if _is_unchanged(rows.get(s.id, []), s, v)]
    if not fit:
        return set()
    vector_store.remove_vectors(tenant, number, [s.id for s, _ in fit], space)
    ids = [row.pk for s, _ in fit for row in rows[s.id]]
    sources = [s.id for s, _ in fit for _ in rows[s.id]]
    vectors = [vector for _, some in fit for vector in some]
    vector_store.add_vectors(tenant, space, number, ids, sources, vectors)
    return {s.id for s, _ in fit}


def _is_unchanged(rows: Sequence[Chunk], source: IndexDocument, vectors: Vectors) -> bool:
    return bool(rows) and len(rows) == len(vectors) and rows[0].digest == source.digest


def index_with_vectors(source: IndexDocument, vectors: Sequence[Sequence[float]], space: int) -> list[int]:
    """Store words and vectors of a source together; returns the chunk ids."""
    index_words(source)
    return store_vectors(source, space, vectors)


def remove_sources(kind: str, ids: Iterable[int]) -> int:
    """Remove words, vectors and pending embeddings of sources; returns the number of chunks."""
    gone = 0
    for some in sql.batches(ids):
        rows = list(Chunk.objects.filter(kind=KINDS[kind], source__in=some))
        _remove_chunks(rows)
        Waiting.objects.filter(kind=KINDS[kind], source__in=some).delete()
        gone += len(rows)
    return gone


def _remove_chunks(rows: Sequence[Chunk]) -> None:
    of: dict[tuple[int, int], list[Chunk]] = {}
    for row in rows:
        of.setdefault((row.tenant_id, row.kind), []).append(row)
    for (tenant, kind), some in sorted(of.items()):
        spoken = [row for row in some if row.length]
        word_index.update_tally(tenant, kind, -len(spoken), -sum(row.length for row in spoken))
        if spoken:
            terms = np.unique(np.concatenate([np.frombuffer(bytes(row.terms), "<i4") for row in spoken])).tolist()
            word_index.remove_chunks(tenant, kind, [row.pk for row in spoken], terms)
        vector_store.remove_vectors(tenant, kind, {row.source for row in some})
        Chunk.objects.filter(pk__in=[row.pk for row in some]).delete()


def request_embedding(source: IndexDocument) -> bool:
    """Queue a source for embedding in every active space; False without an embedder or chunks."""
    return request_embeddings([source])


def request_embeddings(sources: Sequence[IndexDocument]) -> bool:
    """Queue many sources for embedding."""
    found, moment = spaces.active_spaces(), time.time()
    wanted = [(source, source.digest) for source in sources if source.chunks]
    sql.execute_many(
        _UPSERT_WAITING,
        [
            (each.tenant, KINDS[each.kind], each.id, space.pk, digest, moment)
            for each, digest in wanted
            for space in found
        ],
    )
    return bool(wanted and found)


def request_embeddings_in_space(rows: Sequence[Chunk], space: int) -> None:
    """Queue sources for embedding in one more space, given by one chunk each."""
    moment = time.time()
    sql.execute_many(
        _UPSERT_WAITING, [(row.tenant_id, row.kind, row.source, space, row.digest, moment) for row in rows]
    )


def lock_index(tenant: int, kind: str) -> None:
    """Lock the index of a tenant and kind for writing until the transaction ends."""
    word_index.update_tally(tenant, KINDS[kind], 0, 0)


def remove_vectors(tenant: int, kind: str, ids: Iterable[int], space: int) -> int:
    """Remove the vectors of sources from one space and keep their words; returns the number of vectors."""
    lock_index(tenant, kind)
    return vector_store.remove_vectors(tenant, KINDS[kind], ids, space)


def recount_tally(tenant: int, kind: str) -> bool:
    """Recompute the tally from the chunks; True if it was wrong."""
    number = KINDS[kind]
    word_index.update_tally(tenant, number, 0, 0)
    spoken = Chunk.objects.filter(tenant_id=tenant, kind=number, length__gt=0)
    found = (spoken.count(), spoken.aggregate(all=Sum("length"))["all"] or 0)
    row = Tally.objects.filter(tenant_id=tenant, kind=number)
    if row.values_list("chunks", "length").first() == found:
        return False
    row.update(chunks=found[0], length=found[1])
    return True
