"""What words and vectors found becomes one list."""

import numpy as np
import pytest

from botcafe.retrieval.arrays import FloatArray, VectorMatches
from botcafe.retrieval.ranking import (
    SearchHit,
    apply_boosts,
    diversify,
    fit_token_budget,
    fuse_matches,
    fuse_message_matches,
)
from botcafe.retrieval.word_index import WordMatches

TERMS = {7: "bell", 8: "harbour"}


def vectors(*cosines: float) -> VectorMatches:
    """Chunk n of source 10 n, for each cosine in turn."""
    numbers = np.arange(1, len(cosines) + 1)
    return VectorMatches(numbers, numbers * 10, np.array(cosines, np.float32))


def words(*found: tuple[int, float, list[int]], possible: float = 10.0) -> WordMatches:
    return WordMatches([f[0] for f in found], [f[1] for f in found], [f[2] for f in found], possible)


def hit(number: int, score: float = 1.0, **more: object) -> SearchHit:
    return SearchHit(1, "memory", number, number, score=score, **more)


def unit(*values: float) -> FloatArray:
    array = np.array(values, np.float32)
    return (array / np.linalg.norm(array)).astype(np.float32)


@pytest.mark.parametrize("kind", ["knowledge", "memory", "message"])
def test_nothing_found_is_an_empty_list(kind: str) -> None:
    assert fuse_matches(kind, WordMatches(), None, {}) == []
    assert fuse_matches(kind, WordMatches(), vectors(), {}) == []


@pytest.mark.parametrize("kind", ["knowledge", "memory", "message"])
def test_scores_lie_between_0_and_1_and_fall(kind: str) -> None:
    found = fuse_matches(kind, words((1, 99.0, [7, 8]), (2, 3.0, [7])), vectors(0.99, 0.5, 0.1, -0.5), TERMS)
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_ranks_begin_with_one_in_each_list() -> None:
    found = {each.chunk: each for each in fuse_matches("memory", words((3, 5.0, [7])), vectors(0.9, 0.5, 0.7), TERMS)}
    assert found[3].words == {"rank": 1, "score": 5.0, "terms": ["bell"]}
    assert {number: each.meaning["rank"] for number, each in found.items() if each.meaning} == {1: 1, 3: 2, 2: 3}


def test_where_all_cosines_are_alike_words_decide() -> None:
    found = fuse_matches("memory", words((3, 5.0, [7])), vectors(0.8, 0.8, 0.8), TERMS)
    assert found[0].chunk == 3
    assert found[1].score == found[2].score == 0


def test_without_vectors_every_word_of_the_query_gives_the_full_score() -> None:
    assert [each.score for each in fuse_matches("memory", words((1, 10.0, [7, 8]), (2, 5.0, [7])), None, TERMS)] == [
        1.0,
        0.5,
    ]


def test_no_more_vectors_than_the_limit_are_hits() -> None:
    assert len(fuse_matches("memory", WordMatches(), vectors(*[n / 100 for n in range(100)]), {}, limit=7)) == 7


def test_equal_scores_are_ordered_by_chunk() -> None:
    assert [each.chunk for each in fuse_matches("memory", words((9, 5.0, [7]), (2, 5.0, [7])), None, TERMS)] == [2, 9]


def test_a_message_is_one_hit_though_it_has_two_views() -> None:
    sources = {1: (100, 0), 2: (100, 1), 3: (200, 1)}
    found = fuse_message_matches(words((1, 5.0, [7])), vectors(0.9, 0.8, 0.1), sources, TERMS)
    assert [each.source for each in found] == [100, 200]
    assert found[0].words is not None
    assert found[0].meaning is not None
    assert found[0].meaning["rank"] == 1


def test_the_view_with_the_turn_before_counts_more_than_the_turn_alone() -> None:
    sources = {1: (100, 0), 2: (200, 1), 3: (300, 1), 4: (400, 1), 5: (500, 1)}
    found = fuse_message_matches(WordMatches(), vectors(0.9, 0.9, 0.1, 0.1, 0.1), sources, {})
    assert [each.source for each in found][:2] == [200, 100]


def test_vectors_of_unknown_messages_are_passed_over() -> None:
    assert [each.source for each in fuse_message_matches(WordMatches(), vectors(0.9, 0.8), {2: (200, 1)}, {})] == [200]


def test_a_hit_that_says_the_same_as_one_before_it_is_left_out() -> None:
    kept = diversify([hit(1, 0.9), hit(2, 0.8)], {1: unit(1, 0), 2: unit(1, 0.05)}, 5)
    assert [each.source for each in kept] == [1]


def test_a_hit_that_is_like_one_before_it_falls_back() -> None:
    near = {1: unit(1, 0), 2: unit(1, 0.6), 3: unit(0, 1)}
    assert [each.source for each in diversify([hit(1, 0.9), hit(2, 0.8), hit(3, 0.75)], near, 5)] == [1, 3, 2]


def test_two_pieces_of_one_source_are_not_alike() -> None:
    pieces = [SearchHit(1, "memory", 5, 1, score=0.9), SearchHit(1, "memory", 5, 2, score=0.8)]
    assert len(diversify(pieces, {1: unit(1, 0), 2: unit(1, 0)}, 5)) == 2


def test_hits_without_vectors_are_kept_in_their_order() -> None:
    assert [each.source for each in diversify([hit(1, 0.9), hit(2, 0.8)], {}, 5)] == [1, 2]


@pytest.mark.parametrize("limit", [0, 1, 2, 9])
def test_no_more_hits_are_kept_than_the_limit(limit: int) -> None:
    assert len(diversify([hit(number, 1 / number) for number in range(1, 5)], {}, limit)) == min(limit, 4)


@pytest.mark.parametrize(
    ("sizes", "budget", "kept"),
    [
        ([50, 80, 30], 90, [0, 2]),
        ([50, 80, 30], 160, [0, 1, 2]),
        ([50, 80, 30], 49, [2]),
        ([50, 80, 30], 0, []),
        ([0, 0], 0, [0, 1]),
        ([10], 10, [0]),
        ([], 10, []),
    ],
)
def test_a_budget_of_tokens_is_filled_best_first(sizes: list[int], budget: int, kept: list[int]) -> None:
    hits = [hit(number, tokens=size) for number, size in enumerate(sizes)]
    assert [each.source for each in fit_token_budget(hits, budget)] == kept


def test_boosts_multiply_and_are_told_unless_they_change_nothing() -> None:
    found = hit(1, 0.5)
    apply_boosts(found, {"recency": 1.2, "pinned": 1.0, "other_bot": 0.5})
    assert found.score == pytest.approx(0.3)
    assert found.boosts == {"recency": 1.2, "other_bot": 0.5}
    assert found.why["boosts"] == found.boosts


@pytest.mark.parametrize(("count", "places"), [(1, [2]), (2, [2, 0]), (9, [2, 0, 1])])
def test_the_nearest_vectors_come_first(count: int, places: list[int]) -> None:
    assert vectors(0.5, 0.1, 0.9).top(count) == places
