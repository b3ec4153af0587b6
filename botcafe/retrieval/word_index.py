"""The word index: per tenant, kind and word the chunks that contain it, packed into blobs (decision 0017).

An entry is the chunk's id, how often the word stands in it (in quarters) and how long the chunk is (in words), so that
scoring reads nothing else. A word has one open block (0) that is appended to; at 256 entries it is closed under
its first id. The tenant's tally is held while words are written, so that two writers of one tenant wait for each other.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from botcafe.retrieval import sql
from botcafe.retrieval.arrays import IdArray, IndexArray, PostingArray
from botcafe.retrieval.models import Posting, Tally

POSTING_TYPE = np.dtype([("id", "<i8"), ("times", "u1"), ("length", "<u2")])
BLOCK_ENTRIES = 256
# The usual constants of BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework").
K1, B = 1.2, 0.75
# A word in more of all chunks tells nothing, and is not looked for beside others.
STOP_WORD_SHARE = 0.4
# In a collection of so few chunks no word is common.
MIN_CHUNKS_FOR_STOP_WORDS = 8
_OF_KIND = "{table} WHERE {tenant_id} = %s AND {kind} = %s"
_UPSERT = sql.statement(
    "INSERT INTO {table}({tenant_id}, {kind}, {term}, {block}, {last}, {n}, {entries}) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT ({tenant_id}, {kind}, {term}, {block}) "
    "DO UPDATE SET {last} = excluded.{last}, {n} = excluded.{n}, {entries} = excluded.{entries}",
    Posting,
)
_TALLY = sql.statement(
    "INSERT INTO {table}({tenant_id}, {kind}, {chunks}, {length}, {revision}) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT ({tenant_id}, {kind}) DO UPDATE SET {chunks} = {table}.{chunks} + excluded.{chunks}, "
    "{length} = {table}.{length} + excluded.{length}, {revision} = {table}.{revision} + 1",
    Tally,
)
_TOTALS = sql.statement(f"SELECT {{chunks}}, {{length}} FROM {_OF_KIND}", Tally)
_OPEN_BLOCKS = sql.statement(
    f"SELECT {{term}}, {{entries}} FROM {_OF_KIND} AND {{block}} = 0 AND {{term}} IN {{placeholders}}", Posting
)
# A block lies between the first id in it (its name) and the last, so that only those that may hold a chunk are read.
_BLOCKS_WITH = sql.statement(
    f"SELECT {{term}}, {{block}}, {{entries}} FROM {_OF_KIND} "
    "AND {term} IN {placeholders} AND {last} >= %s AND {block} <= %s",
    Posting,
)
_DELETE_BLOCK = sql.statement(f"DELETE FROM {_OF_KIND} AND {{term}} = %s AND {{block}} = %s", Posting)
_BLOCKS = sql.statement(f"SELECT {{term}}, {{entries}} FROM {_OF_KIND} AND {{term}} IN {{placeholders}}", Posting)
_COUNTS = sql.statement(
    f"SELECT {{term}}, SUM({{n}}) FROM {_OF_KIND} AND {{term}} IN {{placeholders}} GROUP BY {{term}}", Posting
)


@dataclass(frozen=True, slots=True)
class WordMatches:
    """Chunks that contain words of a query, best first: ids, BM25 scores, and the matching terms of each.

    ``possible`` is about what a chunk of usual length scores that has every word of the query once.
    """

    ids: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    terms: list[list[int]] = field(default_factory=list)
    possible: float = 1.0


def update_tally(tenant: int, kind: int, chunks: int, length: int) -> None:
    """Add to the chunk counts (negative to remove), raise the revision, and lock the tenant's index until commit."""
    # The first revision is the time: a tally that was deleted and made again must not repeat a revision that caches
    # hold.
    sql.execute(_TALLY, [tenant, kind, chunks, length, time.time_ns() // 1000])


def add_chunks(tenant: int, kind: int, chunks: Sequence[tuple[int, int, Mapping[int, int]]]) -> None:
    """Add chunks given as id, length and counts by term. The caller has called ``update_tally`` in this transaction."""
    fresh: dict[int, list[tuple[int, int, int]]] = {}
    for number, length, terms in chunks:
        for term, times in terms.items():
            # The record has one byte for the count and two for the length.
            fresh.setdefault(term, []).append((number, min(times, 255), min(length, 65535)))
    rows: list[Sequence[sql.SqlValue]] = []
    for some in sql.batches(fresh):
        text = sql.with_placeholders(_OPEN_BLOCKS, len(some))
        opened: dict[int, bytes] = dict(sql.fetch_blobs(text, [tenant, kind, *some]))
        for term in some:
            entries = bytes(opened.get(term, b"")) + np.array(fresh[term], POSTING_TYPE).tobytes()
            rows += _split_blocks(tenant, kind, term, np.frombuffer(entries, POSTING_TYPE))
    sql.execute_many(_UPSERT, rows)


def _split_blocks(tenant: int, kind: int, term: int, entries: PostingArray) -> list[Sequence[sql.SqlValue]]:
    """The rows of the open block and of blocks that became full."""
    made: list[Sequence[sql.SqlValue]] = []
    while len(entries) > BLOCK_ENTRIES:
        full, entries = entries[:BLOCK_ENTRIES], entries[BLOCK_ENTRIES:]
        first, last = int(full["id"][0]), int(full["id"][-1])
        made.append((tenant, kind, term, first, last, len(full), full.tobytes()))
    made.append((tenant, kind, term, 0, int(entries["id"][-1]), len(entries), entries.tobytes()))
    return made


def remove_chunks(tenant: int, kind: int, ids: Sequence[int], terms: Sequence[int]) -> None:
    """Remove chunks; ``terms`` are all of their terms. The caller has called ``update_tally`` in this transaction."""
    gone = np.array(sorted(ids), np.int64)
    changed: list[Sequence[sql.SqlValue]] = []
    emptied: list[Sequence[sql.SqlValue]] = []
    for some in sql.batches(dict.fromkeys(terms)):
        text = sql.with_placeholders(_BLOCKS_WITH, len(some))
        for term, block, packed in sql.fetch_blobs(text, [tenant, kind, *some, int(gone[0]), int(gone[-1])]):
            entries = np.frombuffer(bytes(packed), POSTING_TYPE)
            kept = entries[~np.isin(entries["id"], gone)]
            if not len(kept):
                emptied.append((tenant, kind, term, block))
            elif len(kept) < len(entries):
                changed.append((tenant, kind, term, block, int(kept["id"][-1]), len(kept), kept.tobytes()))
    sql.execute_many(_UPSERT, changed)
    sql.execute_many(_DELETE_BLOCK, emptied)


def match_terms(
    tenant: int, kind: int, terms: Sequence[int], allowed: IdArray | None = None, limit: int = 50
) -> WordMatches:
    """The ``limit`` best chunks of a tenant by BM25 over the tenant's own statistics.

    ``allowed`` is a sorted array of chunk ids, or None where all of the tenant's may be found. Reads the rows of
    the tenant's own words and nothing else.
    """
    totals = sql.fetch_rows(_TOTALS, [tenant, kind])
    if not terms or not totals or totals[0][0] <= 0:
        return WordMatches()
    chunks, average = totals[0][0], max(1.0, totals[0][1] / totals[0][0])
    counts = _document_counts(tenant, kind, terms)
    common = {
        t for t, count in counts.items() if chunks >= MIN_CHUNKS_FOR_STOP_WORDS and count > chunks * STOP_WORD_SHARE
    }
    # A query of nothing but common words still searches for them.
    wanted = [term for term in terms if term in counts and (term not in common or len(common) == len(counts))]
    if not wanted:
        return WordMatches()
    text = sql.with_placeholders(_BLOCKS, len(wanted))
    packed: dict[int, list[bytes]] = {}
    for term, entries in sql.fetch_blobs(text, [tenant, kind, *wanted]):
        packed.setdefault(term, []).append(bytes(entries))
    found = {term: np.frombuffer(b"".join(packed[term]), POSTING_TYPE) for term in wanted if term in packed}
    possible = sum(_inverse_frequency(chunks, counts.get(term, 0)) for term in terms)
    return replace(_score_chunks(found, chunks, average, allowed, limit), possible=possible)


def _inverse_frequency(chunks: int, count: int) -> float:
    return math.log(1 + max(0.0, chunks - count + 0.5) / (count + 0.5))


def _document_counts(tenant: int, kind: int, terms: Sequence[int]) -> dict[int, int]:
    """The number of chunks that contain each term."""
    text = sql.with_placeholders(_COUNTS, len(terms))
    return {int(term): int(count) for term, count in sql.fetch_rows(text, [tenant, kind, *terms])}


def _score_chunks(
    found: Mapping[int, PostingArray], chunks: int, average: float, allowed: IdArray | None, limit: int
) -> WordMatches:
    ids, scores = [], []
    for entries in found.values():
        rarity = _inverse_frequency(chunks, len(entries))
        if allowed is not None:
            entries = entries[np.isin(entries["id"], allowed)]
        times = entries["times"] / np.float32(4)
        long = 1 - B + B * entries["length"] / np.float32(average)
        ids.append(entries["id"])
        scores.append(rarity * times * (K1 + 1) / (times + K1 * long))
    if not ids:
        return WordMatches()
    unique, place = np.unique(np.concatenate(ids), return_inverse=True)
    sums: NDArray[np.float64] = np.bincount(place, np.concatenate(scores), len(unique)).astype(np.float64, copy=False)
    best = _top_places(sums, limit)
    top = unique[best]
    which: list[list[int]] = [[] for _ in top]
    for term, entries in found.items():
        for i in np.flatnonzero(np.isin(top, entries["id"])):
            which[i].append(term)
    return WordMatches(top.tolist(), sums[best].tolist(), which)


def _top_places(scores: NDArray[np.float64], limit: int) -> IndexArray:
    """Positions of the best scores, best first; of equal ones the older chunk comes first."""
    if len(scores) > limit:
        lowest = np.partition(scores, -limit)[-limit]
        some = np.flatnonzero(scores >= lowest)
    else:
        some = np.arange(len(scores))
    return some[np.argsort(-scores[some], kind="stable")][:limit]
