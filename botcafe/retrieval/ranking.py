"""Fuses word and vector matches into one list of hits, weighted by kind of source. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np

from botcafe.retrieval.arrays import FloatArray, VectorMatches
from botcafe.retrieval.word_index import WordMatches

# What words weigh beside meaning (1), by kind of source: tuned on one half of each set of `bench recall` (decision
# 0027). A chunk gets all of it where it has every word of the query, rare words counting most; what is usual is far
# below.
WORD_WEIGHTS = {"knowledge": 2.0, "memory": 0.8, "message": 2.0}
# Scores of all kinds are parts of this, so that the same nearness counts the same in each.
TOTAL_WEIGHT = 1 + max(WORD_WEIGHTS.values())
# Cosines that differ less than this tell nothing: models crowd them.
MIN_COSINE_SPREAD = 0.02
# How much of its score a hit may lose for being like one before it (MMR: Carbonell and Goldstein 1998).
MMR_PENALTY = 0.3
# Hits that are this vector_matches to one before them say the same: they are left out.
DUPLICATE_COSINE = 0.97
# Messages: what the turn's own vector weighs in meaning; the rest is that of the turn after the one before it.
OWN_VECTOR_WEIGHT = 0.05


class WordReason(TypedDict):
    """The word match: rank, BM25 score, and the words of the query that the chunk contains."""

    rank: int
    score: float
    terms: list[str]


class VectorReason(TypedDict):
    """The vector match: rank and cosine."""

    rank: int
    score: float


@dataclass(slots=True)
class SearchHit:
    """A piece of a source that was found. ``score`` lies between 0 and 1 before boosts; ranks begin with 1.

    ``starts`` and ``ends`` are offsets in the source's text. ``why`` goes to the caller as it is.
    """

    tenant: int
    kind: str
    source: int
    chunk: int
    number: int = 0
    starts: int = 0
    ends: int = 0
    score: float = 0.0
    words: WordReason | None = None
    meaning: VectorReason | None = None
    boosts: dict[str, float] = field(default_factory=dict)
    text: str = ""
    title: str = ""
    created_at: str = ""
    vector_id: str | None = None
    tokens: int = 0

    @property
    def why(self) -> dict[str, object]:
        """``{words, meaning, boosts}``."""
        return {"words": self.words, "meaning": self.meaning, "boosts": self.boosts}


def fuse_matches(
    kind: str,
    word_matches: WordMatches,
    vector_matches: VectorMatches | None,
    terms: Mapping[int, str],
    limit: int = 50,
) -> list[SearchHit]:
    """Fuse word and vector matches into hits with scores and reasons, best first. Tenant, source and offsets are left to the caller."""
    hits: dict[int, SearchHit] = {}
    has_vectors = vector_matches is not None and len(vector_matches.ids) > 0
    words_share = WORD_WEIGHTS[kind] / TOTAL_WEIGHT if has_vectors else 1.0
    for rank, number in enumerate(word_matches.ids):
        hit = hits.setdefault(number, SearchHit(0, kind, 0, number))
        matched_words = [terms[term] for term in word_matches.terms[rank]]
        hit.words = {"rank": rank + 1, "score": round(word_matches.scores[rank], 4), "terms": matched_words}
        hit.score = _query_coverage(word_matches, rank) * words_share
    if vector_matches is not None and has_vectors:
        # Models crowd cosines into a narrow band: only the distance from the query's own median says something.
        usual = float(np.median(vector_matches.cosines))
        spread = max(MIN_COSINE_SPREAD, float(vector_matches.cosines.max()) - usual)
        places = vector_matches.top(limit)
        for rank, i in enumerate(places):
            hit = hits.setdefault(int(vector_matches.ids[i]), SearchHit(0, kind, 0, int(vector_matches.ids[i])))
            hit.source = int(vector_matches.sources[i])
            hit.meaning = {"rank": rank + 1, "score": round(float(vector_matches.cosines[i]), 4)}
        _add_vector_scores(hits, vector_matches, usual, spread)
    return sorted(hits.values(), key=lambda h: (-h.score, h.chunk))


def _query_coverage(word_matches: WordMatches, rank: int) -> float:
    """How much of the query a chunk has, 0 to 1, weighted by how rare its words are."""
    return min(1.0, word_matches.scores[rank] / (word_matches.possible or 1.0))


def _add_vector_scores(
    hits: Mapping[int, SearchHit], vector_matches: VectorMatches, usual: float, spread: float
) -> None:
    """Add the cosine of each hit, scaled from the query's median (0) to its best (1)."""
    for i in np.flatnonzero(np.isin(vector_matches.ids, np.array(list(hits), np.int64))):
        share = max(0.0, (float(vector_matches.cosines[i]) - usual) / spread)
        hits[int(vector_matches.ids[i])].score += share / TOTAL_WEIGHT


def fuse_message_matches(
    word_matches: WordMatches,
    vector_matches: VectorMatches | None,
    sources: Mapping[int, tuple[int, int]],
    terms: Mapping[int, str],
    limit: int = 50,
) -> list[SearchHit]:
    """Messages: one hit for each source, of normalised scores. ``sources`` tells source and view of each chunk.

    View 0 is the turn alone, view 1 the turn after the one before it. Cosines are normalised between what is usual for
    this query (their median) and the nearest, since models crowd them into a narrow band.
    """
    hits: dict[int, SearchHit] = {}
    has_vectors = vector_matches is not None and len(vector_matches.ids) > 0
    words_share = WORD_WEIGHTS["message"] / TOTAL_WEIGHT if has_vectors else 1.0
    for rank, number in enumerate(word_matches.ids):
        source, _ = sources.get(number, (0, 0))
        hit = hits.setdefault(source, SearchHit(0, "message", source, number))
        matched_words = [terms[term] for term in word_matches.terms[rank]]
        hit.words = {"rank": rank + 1, "score": round(word_matches.scores[rank], 4), "terms": matched_words}
        hit.score += _query_coverage(word_matches, rank) * words_share
    if vector_matches is not None and has_vectors:
        _add_message_vectors(hits, vector_matches, sources, limit)
    return sorted(hits.values(), key=lambda h: (-h.score, h.source))[:limit]


def _add_message_vectors(
    hits: dict[int, SearchHit], vector_matches: VectorMatches, sources: Mapping[int, tuple[int, int]], limit: int
) -> None:
    usual = float(np.median(vector_matches.cosines))
    spread = max(MIN_COSINE_SPREAD, float(vector_matches.cosines.max()) - usual)
    known = np.flatnonzero(np.isin(vector_matches.ids, np.array(list(sources), np.int64)))
    places = {int(vector_matches.ids[i]): int(i) for i in known}
    ranks = {int(vector_matches.ids[i]): rank + 1 for rank, i in enumerate(vector_matches.top(2 * limit))}
    for number, (source, view) in sources.items():
        if number not in places:
            continue
        cosine = float(vector_matches.cosines[places[number]])
        hit = hits.setdefault(source, SearchHit(0, "message", source, number))
        share = 1 - OWN_VECTOR_WEIGHT if view else OWN_VECTOR_WEIGHT
        hit.score += share * max(0.0, (cosine - usual) / spread) / TOTAL_WEIGHT
        rank = ranks.get(number)
        earlier = hit.meaning
        if rank is not None and (earlier is None or rank < earlier["rank"]):
            hit.meaning = {"rank": rank, "score": round(cosine, 4)}


def diversify(hits: Sequence[SearchHit], vectors: Mapping[int, FloatArray], limit: int) -> list[SearchHit]:
    """The best hits, where similarity to an earlier hit costs up to 0.3 of the score, and duplicates are dropped.

    ``vectors`` are of length 1, by chunk id; hits without one are not compared. Two pieces of one source are not alike.
    """
    rest = list(hits)
    kept: list[SearchHit] = []
    while rest and len(kept) < limit:
        values = [
            hit.score * (1 - MMR_PENALTY * max(0.0, _max_similarity(hit, kept, vectors) - 0.5) * 2) for hit in rest
        ]
        place = max(range(len(rest)), key=lambda i: (values[i], -i))
        hit = rest.pop(place)
        if not kept or _max_similarity(hit, kept, vectors) < DUPLICATE_COSINE:
            kept.append(hit)
    return kept


def _max_similarity(hit: SearchHit, kept: Sequence[SearchHit], vectors: Mapping[int, FloatArray]) -> float:
    mine = vectors.get(hit.chunk)
    if mine is None:
        return 0.0
    others = [vectors[k.chunk] for k in kept if k.chunk in vectors and (k.kind, k.source) != (hit.kind, hit.source)]
    return max((float(mine @ other) for other in others), default=0.0)


def fit_token_budget(hits: Sequence[SearchHit], tokens: int | None) -> list[SearchHit]:
    """The hits that fit into ``tokens``, best first; one that does not fit is skipped, and smaller ones may follow."""
    if tokens is None:
        return list(hits)
    kept, used = [], 0
    for hit in hits:
        if used + hit.tokens <= tokens:
            kept.append(hit)
            used += hit.tokens
    return kept


def apply_boosts(hit: SearchHit, boosts: Mapping[str, float]) -> None:
    """Multiply the score by each boost and record it on the hit, such as ``{"recency": 1.08}``."""
    for name, factor in boosts.items():
        if abs(factor - 1) > 1e-9:
            hit.boosts[name] = round(factor, 3)
            hit.score *= factor
