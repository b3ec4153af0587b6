"""Whether a hit answers a query. A search by meaning always finds its nearest texts, also for words that mean nothing."""

from collections.abc import Iterable, Sequence

from botcafe.llm.embeddings.embedders import relevance_of_cosine
from botcafe.retrieval.ranking import SearchHit
from botcafe.retrieval.search import SearchQuery

# Relevance (0 to 1) from which a text is near enough to remind somebody of: below it lie 9 of 10 unrelated texts.
MIN_RELEVANCE = 0.2
# From which it answers a question that somebody asks, and may look over the answers.
MIN_RELEVANCE_OF_ANSWERS = 0.15
# The same where no word of the query occurs anywhere: made-up words come nearer to texts than sentences do.
MIN_RELEVANCE_OF_UNKNOWN_WORDS = 0.33
# Words of so many letters (*the*, *she*, *at*) say little of what a text is about.
MAX_FILLER_LETTERS = 3


def telling_terms(terms: Iterable[str]) -> list[str]:
    """The words that say what a text is about: all but short ones in Latin letters."""
    return [term for term in terms if len(term) > MAX_FILLER_LETTERS or not term.isascii()]


def relevance_of(hit: SearchHit, model: str) -> float | None:
    """How near a hit is in meaning, 0 to 1; None where it was found by its words alone."""
    return relevance_of_cosine(float(hit.meaning["score"]), model) if hit.meaning else None


def keep_answers(hits: Sequence[SearchHit], query: SearchQuery) -> list[SearchHit]:
    """The hits that hold at least half of the query's telling words, or are near enough in meaning."""
    wanted = telling_terms(query.terms.values()) or list(query.terms.values())
    model = query.space.model_id if query.space is not None else ""
    # Also by its short words: a sentence in a language that the texts are in.
    is_known = any(hit.words and hit.words["terms"] for hit in hits)
    floor = MIN_RELEVANCE_OF_ANSWERS if is_known else MIN_RELEVANCE_OF_UNKNOWN_WORDS
    return [
        hit
        for hit in hits
        if 2 * len(_matched(hit, wanted)) >= max(1, len(wanted)) or (relevance_of(hit, model) or 0.0) >= floor
    ]


def _matched(hit: SearchHit, wanted: Sequence[str]) -> set[str]:
    return set(hit.words["terms"] if hit.words else ()) & set(wanted)
