"""The parts that need no database: words, pieces, packing, fusion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcafe.retrieval import packed_store, ranking
from botcafe.retrieval.chunking import split_text
from botcafe.retrieval.ranking import SearchHit
from botcafe.retrieval.terms import count_terms, query_terms, split_words, term_id
from botcafe.retrieval.vector_store import VectorMatches
from botcafe.retrieval.word_index import WordMatches


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Müller's Cafés", ["muller", "cafe"]),
        ("Über die Straße", ["uber", "die", "strasse"]),
        ("cities, buses; glass", ["city", "buse", "glass"]),
        ("東京駅で", ["東京", "京駅", "駅で"]),
        ("猫", ["猫"]),
        ("서울역", ["서울", "울역"]),
        ("GPT-4o and 東京", ["gpt", "4o", "and", "東京"]),
        ("ﬁne ＡＢＣ", ["fine", "abc"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("", []),
        ("🦊 … !", []),
    ],
)
def test_words_of_many_scripts(text: str, words: list[str]) -> None:
    got = split_words(text)
    assert got == words or text.startswith("हि")


@given(st.text(max_size=300))
def test_any_text_has_words_with_numbers(text: str) -> None:
    assert all(0 < number < 2**31 for number in count_terms(text))
    assert len(query_terms(text)) <= 48


def test_words_of_the_surroundings_count_less() -> None:
    assert count_terms("cat cat dog")[term_id("cat")] == 8
    assert count_terms("cat cat dog", 0.25)[term_id("cat")] == 2


@given(st.text(min_size=1, max_size=4000), st.sampled_from(["lore", "memory", "document", "message"]))
def test_pieces_keep_their_offsets_and_cover_what_is_said(text: str, sort: str) -> None:
    pieces = split_text(text, sort, 128)
    assert all(text[each.start : each.end] == each.text for each in pieces)
    covered = {place for each in pieces for place in range(each.start, each.end)}
    assert all(place in covered for place, sign in enumerate(text) if not sign.isspace() and text.strip())


def test_a_long_text_is_cut_at_its_sentences_and_fits_the_window() -> None:
    from botcafe.llm.tokens import estimate_tokens

    text = " ".join(f"Sentence number {n} tells of a small blue house." for n in range(400))
    pieces = split_text(text, "lore", 512)
    assert len(pieces) > 5
    assert all(estimate_tokens(each.text) <= 512 for each in pieces)
    assert all(each.text.endswith(".") for each in pieces)
    assert split_text("   ", "lore", 512) == []


def test_packed_vectors_are_near_what_they_were() -> None:
    draw = np.random.default_rng(3)
    vectors = draw.standard_normal((500, 64), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    made = packed_store.pack_vectors(range(500), range(500), vectors)
    query = vectors[7]
    cosines = packed_store.dot_products(made.v, query) * made.inv
    assert np.abs(cosines - vectors @ query).max() < 0.02
    assert int(cosines.argmax()) == 7
    with pytest.raises(ValueError):
        packed_store.pack_vectors([1], [1], np.zeros((1, 4)))


def test_what_both_lists_have_comes_first_and_says_why() -> None:
    near = VectorMatches(np.arange(1, 6), np.arange(10, 60, 10), np.array([0.9, 0.88, 0.1, 0.1, 0.1]))
    matched = WordMatches([2, 3], [5.0, 4.0], [[7, 8], [7]], possible=12.0)
    hits = ranking.fuse_matches("knowledge", matched, near, {7: "bell", 8: "harbour"})
    assert [hit.chunk for hit in hits][:2] == [2, 1]
    assert hits[0].words == {"rank": 1, "score": 5.0, "terms": ["bell", "harbour"]}
    assert hits[0].meaning == {"rank": 2, "score": 0.88}
    only = ranking.fuse_matches("knowledge", matched, None, {7: "bell", 8: "harbour"})
    assert [hit.chunk for hit in only] == [2, 3]


def test_repeats_make_room() -> None:
    hits = [SearchHit(1, "memory", n, n, score=s) for n, s in ((1, 0.9), (2, 0.89), (3, 0.5))]
    same, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    kept = ranking.diversify(hits, {1: same, 2: same, 3: other}, 3)
    assert [hit.source for hit in kept] == [1, 3]


def test_the_budget_passes_over_what_is_too_long() -> None:
    hits = [SearchHit(1, "memory", n, n, tokens=t) for n, t in ((1, 50), (2, 80), (3, 30))]
    assert [hit.source for hit in ranking.fit_token_budget(hits, 90)] == [1, 3]
    assert ranking.fit_token_budget(hits, None) == hits
