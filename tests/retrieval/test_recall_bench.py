"""What ``bench recall`` measures with, and when its goal is met."""

from collections.abc import Iterator
from typing import Any

import pytest

from botcafe.cli.bench import recall, recall_sets


def rows(words: tuple[float, float], meaning: tuple[float, float], both: tuple[float, float]) -> list[dict[str, Any]]:
    """Figures of one set: recall at 5 and mean reciprocal rank by way."""
    told = {"words": words, "meaning": meaning, "both": both}
    made = {"set": "lore", "half": "all", "model": "m", "texts": 1, "questions": 1, "tokens": 1.0, "ms": 1.0}
    return [
        made | {"way": way, "at_1": 0.0, "at_5": at_5, "at_10": 1.0, "mrr": mrr} for way, (at_5, mrr) in told.items()
    ]


@pytest.mark.parametrize(
    ("words", "meaning", "both", "is_met"),
    [
        ((0.5, 0.5), (0.8, 0.7), (0.9, 0.6), True),
        ((0.5, 0.5), (0.8, 0.7), (0.8, 0.9), False),
        ((0.9, 0.5), (0.8, 0.7), (0.9, 0.9), False),
        ((0.5, 0.5), (1.0, 0.7), (1.0, 0.8), True),
        ((0.5, 0.5), (1.0, 0.7), (1.0, 0.7), False),
    ],
)
def test_a_tie_is_enough_only_where_all_is_found_and_found_earlier(
    words: tuple[float, float], meaning: tuple[float, float], both: tuple[float, float], is_met: bool
) -> None:
    assert recall.is_met(rows(words, meaning, both)) is is_met


def test_the_figures_are_told_by_half() -> None:
    found = [row | {"half": half} for half in ("all", "tuned", "held out") for row in rows((0, 0), (0.5, 0.5), (1, 1))]
    lines = recall.summary_lines(found)
    assert [line for line in lines if line.endswith("questions")] == [
        "all questions",
        "tuned questions",
        "held out questions",
    ]
    assert sum("both" in line for line in lines) == 3


@pytest.mark.parametrize(
    ("name", "texts", "questions", "languages"),
    [("lore", 1000, 160, 10), ("chat", 1000, 100, 10), ("memory", 200, 60, 4)],
)
def test_a_set_is_large_and_each_question_has_its_text(name: str, texts: int, questions: int, languages: int) -> None:
    people = list(recall_sets.make_users(name))
    ids = [source.id for person in people for source in person.sources]
    assert len(people) == languages
    assert len(ids) == len(set(ids)) >= texts
    assert sum(len(person.questions) for person in people) >= questions
    assert all(question.source in ids for question in _questions(people))
    assert not [question.text for question in _questions(people) if "{" in question.text]


def _questions(people: list[recall_sets.RecallUser]) -> Iterator[recall_sets.RecallQuestion]:
    for person in people:
        yield from person.questions


def test_every_second_question_is_kept_out_of_tuning() -> None:
    asked = sum(len(person.questions) for person in recall_sets.make_users("chat"))
    figures = [{"rank": n % 2, "tokens": 1, "ms": 1.0} for n in range(asked)]
    tuned, held_out = (recall._summarize(figures[n::2]) for n in (0, 1))
    assert tuned["questions"] + held_out["questions"] == asked
    assert (tuned["at_1"], held_out["at_1"]) == (0.0, 1.0)
