"""Hybrid search by words and vectors within scopes.

Scopes name the rows that the caller may see. They filter before anything is ranked; since an index can be stale, the caller
authorises each hit against its row once more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from botcafe.retrieval import spaces, sql, vector_store, word_index
from botcafe.retrieval.arrays import FloatArray, IdArray, VectorMatches
from botcafe.retrieval.models import KINDS, Chunk, Space
from botcafe.retrieval.ranking import SearchHit, diversify, fuse_matches, fuse_message_matches
from botcafe.retrieval.terms import query_terms
from botcafe.retrieval.word_index import WordMatches

CANDIDATE_COUNT = 50
MAX_QUERY_CHARACTERS = 4000
_IN_SCOPE = sql.statement(
    "SELECT {id}, {source} FROM {table} WHERE {tenant_id} = %s AND {kind} = %s AND {scope} = %s", Chunk
)
_COLUMNS = "SELECT {id}, {source}, {number}, {starts}, {ends}, {tenant_id}, {kind} FROM {table} WHERE "
_BY_ID = sql.statement(_COLUMNS + "{id} IN {placeholders}", Chunk)
_BY_SOURCE = sql.statement(_COLUMNS + "{kind} = %s AND {source} IN {placeholders}", Chunk)


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be searched: rows of a tenant of one kind; of these only some ``sources``, or those of ``parent`` (a chat, a lorebook).

    None is no restriction; an empty set of sources lets nothing be seen.
    """

    tenant: int
    kind: str
    sources: frozenset[int] | None = None
    parent: int | None = None


Scopes = Sequence[Scope]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query, ready: its words, and its vector in the space that serves (None where only words are looked for)."""

    terms: dict[int, str]
    space: Space | None = None
    vector: FloatArray | None = None


def prepare_query(query: str, *, with_meaning: bool = True) -> SearchQuery:
    """Tokenize and embed a query, 10 to 30 ms; words only where no embedder answers. Not for event loops."""
    text = query[:MAX_QUERY_CHARACTERS]
    terms = query_terms(text)
    space = spaces.serving_space() if with_meaning and text.strip() else None
    if space is None:
        return SearchQuery(terms)
    try:
        vector = spaces.embedder_of(space).embed_queries([text])[0]
    except ValueError:
        return SearchQuery(terms)
    return SearchQuery(terms, space, np.array(vector, np.float32))


def search_index(scopes: Scopes, query: SearchQuery, depth: int = CANDIDATE_COUNT) -> list[SearchHit]:
    """The best chunks within the scopes, best first, with reasons. Blocks; about 20 ms for 100,000 chunks.

    Scores of different kinds are comparable.
    """
    hits: list[SearchHit] = []
    for scope in scopes:
        hits += _search_scope(scope, query, depth)
    return sorted(hits, key=lambda hit: (-hit.score, hit.kind, hit.chunk))


def _search_scope(scope: Scope, query: SearchQuery, depth: int) -> list[SearchHit]:
    kind = KINDS[scope.kind]
    chunks, sources = _allowed_ids(scope)
    if sources is not None and not len(sources):
        return []
    word_matches = word_index.match_terms(scope.tenant, kind, list(query.terms), chunks, depth)
    vector_matches = None
    if query.space is not None and query.vector is not None:
        vector_matches = vector_store.scan_vectors(scope.tenant, query.space.pk, kind, query.vector, sources)
    if scope.kind == "message":
        hits = fuse_message_matches(
            word_matches, vector_matches, _message_views(scope, word_matches, vector_matches, depth), query.terms, depth
        )
    else:
        hits = fuse_matches(scope.kind, word_matches, vector_matches, query.terms, depth)
    return _locate_hits(scope, hits)


def _allowed_ids(scope: Scope) -> tuple[IdArray | None, IdArray | None]:
    """Sorted chunk ids and source ids in scope; None for all of the tenant's."""
    if scope.sources is None and scope.parent is None:
        return None, None
    if scope.parent is not None:
        found = sql.fetch_rows(_IN_SCOPE, [scope.tenant, KINDS[scope.kind], scope.parent])
        pairs = [(row[0], row[1]) for row in found if scope.sources is None or row[1] in scope.sources]
    else:
        pairs = [(row.id, row.source) for row in _chunks_of_sources(scope, scope.sources or ())]
    return np.array(sorted(each for each, _ in pairs), np.int64), np.array(
        sorted({each for _, each in pairs}), np.int64
    )


def _message_views(
    scope: Scope, word_matches: WordMatches, vector_matches: VectorMatches | None, depth: int
) -> dict[int, tuple[int, int]]:
    """Source and view of all chunks of the messages that were found by words or by vectors."""
    ids = set(word_matches.ids)
    if vector_matches is not None and len(vector_matches.ids):
        ids |= {int(vector_matches.ids[i]) for i in vector_matches.top(2 * depth)}
    sources = {row.source for row in _chunks_by_id(scope, ids)}
    return {row.id: (row.source, row.number) for row in _chunks_of_sources(scope, sources)}


class _ChunkRow(NamedTuple):
    """The columns of ``_COLUMNS``."""

    id: int
    source: int
    number: int
    starts: int
    ends: int
    tenant: int
    kind: int


def _chunks_by_id(scope: Scope, ids: Iterable[int]) -> list[_ChunkRow]:
    rows: list[sql.SqlRow] = []
    for some in sql.batches(ids):
        rows += sql.fetch_rows(sql.with_placeholders(_BY_ID, len(some)), some)
    return _of_tenant(scope, rows)


def _chunks_of_sources(scope: Scope, sources: Iterable[int]) -> list[_ChunkRow]:
    rows: list[sql.SqlRow] = []
    for some in sql.batches(sources):
        rows += sql.fetch_rows(sql.with_placeholders(_BY_SOURCE, len(some)), [KINDS[scope.kind], *some])
    return _of_tenant(scope, rows)


def _of_tenant(scope: Scope, rows: Iterable[sql.SqlRow]) -> list[_ChunkRow]:
    # Ids of another tenant can only come from a stale index, and are dropped here.
    # Not a condition of the statement: with the tenant in it, SQLite walks through all chunks of the tenant.
    chunks = map(_ChunkRow._make, rows)
    return [row for row in chunks if row.tenant == scope.tenant and row.kind == KINDS[scope.kind]]


def _locate_hits(scope: Scope, hits: Sequence[SearchHit]) -> list[SearchHit]:
    """The hits with source and offsets; hits without a chunk of this tenant are dropped."""
    rows = {row.id: row for row in _chunks_by_id(scope, [hit.chunk for hit in hits])}
    found = []
    for hit in hits:
        row = rows.get(hit.chunk)
        if row is not None and (scope.sources is None or row.source in scope.sources):
            hit.tenant, hit.source, hit.number = row.tenant, row.source, row.number
            hit.starts, hit.ends = row.starts, row.ends
            found.append(hit)
    return found


def diversify_hits(hits: Sequence[SearchHit], query: SearchQuery, limit: int) -> list[SearchHit]:
    """The best ``limit`` hits; near duplicates make room for others."""
    # Four times the limit is enough to replace duplicates, and bounds the pairwise comparison.
    some = list(hits[: 4 * limit])
    vectors: dict[int, FloatArray] = {}
    if query.space is not None:
        for tenant, kind in {(hit.tenant, hit.kind) for hit in some}:
            ids = [hit.chunk for hit in some if (hit.tenant, hit.kind) == (tenant, kind)]
            vectors |= vector_store.get_vectors(tenant, query.space.pk, KINDS[kind], ids, query.space.dims)
    return diversify(some, vectors, limit)


def similarity_by_source(scope: Scope, query: SearchQuery) -> dict[int, float]:
    """The cosine of each source that has vectors: of its nearest piece."""
    _, sources = _allowed_ids(scope)
    if query.space is None or query.vector is None or (sources is not None and not len(sources)):
        return {}
    matches = vector_store.scan_vectors(scope.tenant, query.space.pk, KINDS[scope.kind], query.vector, sources)
    found: dict[int, float] = {}
    for source, cosine in zip(matches.sources.tolist(), matches.cosines.tolist(), strict=True):
        if cosine > found.get(source, -2.0):
            found[source] = cosine
    return found
