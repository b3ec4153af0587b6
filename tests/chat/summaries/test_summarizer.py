"""Summaries of chats: what a model answers is read with care, and there is a way without a model."""

import json
from typing import Any

import pytest

from botcafe.chat.summaries.summarizer import (
    MAX_SUMMARY_CHARACTERS,
    MAX_TOPICS,
    estimate_importance,
    estimate_quality,
    estimate_sentiment,
    extract_merge,
    extract_summary,
    find_keywords,
    merge_request,
    parse_summary,
    summary_request,
)
from tests.chat.prompt.scenes import bot_says, user_says

SOURCE = "Yesterday Robin gave Noor a letter. She promised, she will never tell Bastian of it."
ANSWER = {
    "title": "The letter", "summary": "Robin gave Noor a letter.", "importance": 7, "emotional_context": "tense",
    "topics": ["letter", "promise"], "sentiment": -0.5,
}  # fmt: skip


def draft_of(answer: Any) -> Any:
    draft = parse_summary(answer if isinstance(answer, str) else json.dumps(answer), SOURCE).draft
    assert draft is not None
    return draft


def test_a_complete_answer_is_taken_as_it_is() -> None:
    draft = draft_of(ANSWER)
    assert (draft.title, draft.entry, draft.importance) == ("The letter", "Robin gave Noor a letter.", 7)
    assert (draft.emotional_context, draft.topics, draft.sentiment) == ("tense", ("letter", "promise"), -0.5)
    assert not draft.is_extractive


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "```json\n{}\n```",
        "```\n{}\n```",
        "Here is the summary:\n{}",
        "{}\nI hope this helps!",
        "Thoughts {{not json}} and then {} end",
        "  \n{}\n  ",
        '{{"note": "no summary here"}} {}',
        '{{"summary": ""}} {}',
    ],
)
def test_an_answer_is_found_whatever_stands_around_it(around: str) -> None:
    assert draft_of(around.format(json.dumps(ANSWER))).title == "The letter"


@pytest.mark.parametrize(
    "answer",
    ["", "I cannot do that.", "{}", "[]", '{"summary": 5}', '{"summary": ""}', '{"summary": "   "}', '{"title": "x"}',
     '{"summary": "cut off', "{" * 5000, "null"],
    ids=lambda value: value[:20] or "empty",
)  # fmt: skip
def test_an_answer_without_a_summary_is_none_and_says_so(answer: str) -> None:
    parsed = parse_summary(answer, SOURCE)
    assert parsed.draft is None
    assert parsed.problem


def test_a_plain_text_of_some_length_is_the_summary() -> None:
    text = "Robin gave Noor a letter at the sea and asked her to keep it away from Bastian for ever."
    assert draft_of(text).entry == text
    assert draft_of(text).title == "Robin gave Noor a letter at the sea…"


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        ("importance", 0, 1),
        ("importance", 11, 10),
        ("importance", "8", 8),
        ("importance", 7.5, 7.5),
        ("sentiment", -3, -1),
        ("sentiment", "0.5", 0.5),
        ("sentiment", 2, 1),
        ("emotional_context", None, ""),
        ("emotional_context", "x" * 500, "x" * 300),
        ("title", "t" * 500, "t" * 120),
        ("title", "", "Robin gave Noor a letter."),
        ("title", None, "Robin gave Noor a letter."),
        ("topics", ["a", "", None, "b"], ("a", "b")),
        ("topics", [], ()),
        ("topics", [str(number) for number in range(20)], tuple(str(number) for number in range(MAX_TOPICS))),
        ("summary", "s" * 9000, "s" * MAX_SUMMARY_CHARACTERS),
        ("summary", "a\x00b", "ab"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_field_of_the_answer_is_brought_into_its_bounds(field: str, given: object, read: object) -> None:
    assert getattr(draft_of({**ANSWER, field: given}), "entry" if field == "summary" else field) == read


@pytest.mark.parametrize("given", ["high", None, True, [], {}, "nan"], ids=repr)
def test_a_weight_that_is_no_number_is_guessed_from_the_source(given: object) -> None:
    draft = draft_of({**ANSWER, "importance": given})
    assert draft.importance == estimate_importance(SOURCE)
    assert 1 <= draft.importance <= 10


def test_topics_that_are_no_list_are_found_in_the_source() -> None:
    assert set(draft_of({**ANSWER, "topics": "letter"}).topics) >= {"Robin", "Noor", "Bastian"}


def test_the_story_is_handed_over_with_its_speakers() -> None:
    system, user = summary_request([user_says(1, "Hi"), bot_says(2, "Hello")], "Robin and Noor")
    assert (system.role, user.role) == ("system", "user")
    assert "between Robin and Noor" in system.content
    assert user.content == "<story>\nRobin: Hi\n\nNoor: Hello\n</story>"


def test_memories_to_merge_are_numbered() -> None:
    _, user = merge_request(["They met.", "They fought."], "Robin and Noor")
    assert user.content == "<memories>\n1. They met.\n\n2. They fought.\n</memories>"


@pytest.mark.parametrize(
    "request_of", [lambda people: summary_request([], people), lambda people: merge_request([], people)]
)
def test_the_question_shows_the_json_that_is_wanted(request_of: Any) -> None:
    assert '{"title": "at most eight words", "summary"' in request_of("{odd} names")[0].content


def test_without_a_model_the_weightiest_sentences_are_kept_in_their_order() -> None:
    lines = [
        user_says(1, "Well, that is how it is. I promise to marry you in Venice on 5 May."),
        bot_says(2, "So it is then. You must never forget the secret of Bastian."),
    ]
    draft = extract_summary(lines)
    assert draft.is_extractive
    assert draft.entry.index("Robin: I promise to marry you in Venice") < draft.entry.index(
        "Noor: You must never forget"
    )
    assert {"Venice", "Bastian"} <= set(draft.topics)


def test_the_same_sentence_is_not_kept_twice() -> None:
    line = "You must never forget the secret of Bastian."
    assert extract_summary([bot_says(number, line) for number in range(5)]).entry.count("secret") == 1


def test_an_extract_is_short_however_long_the_story() -> None:
    lines = [
        user_says(number, f"Sentence number {number} tells of Place{number} and much more. " * 20)
        for number in range(50)
    ]
    assert len(extract_summary(lines).entry) <= 900


@pytest.mark.parametrize("text", ["Hm.", "Yes!", "…", "ok ok"])
def test_a_story_without_whole_sentences_keeps_its_first_lines(text: str) -> None:
    assert extract_summary([user_says(1, text)]).entry == f"Robin: {text}"


def test_an_empty_story_has_a_title_all_the_same() -> None:
    assert extract_summary([]).title == "A part of the story"


def test_memories_are_joined_whole_where_there_is_room() -> None:
    assert extract_merge([" They met. ", "They fought."]).entry == "They met.\nThey fought."


def test_memories_are_shortened_alike_where_there_is_none() -> None:
    merged = extract_merge(["a" * 3000, "b" * 3000], 1000).entry
    assert len(merged) <= 1000
    assert abs(merged.count("a") - merged.count("b")) <= 10


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("I love you, my friend.", 1.0),
        ("I hate the pain.", -1.0),
        ("love and hate", 0.0),
        ("a table", 0.0),
        ("", 0.0),
        ("Ich liebe dich.", 0.0),
        ("love love love hate", 0.5),
    ],
)
def test_the_mood_of_a_text_is_guessed_from_its_words(text: str, mood: float) -> None:
    assert estimate_sentiment(text) == mood


def test_weighty_words_and_names_make_a_text_important_up_to_ten() -> None:
    plain, weighty = estimate_importance("We had tea."), estimate_importance("We swear to keep the secret, Noor.")
    assert plain < weighty <= 10
    heavy = "promise swear secret never always love die married birthday born name remember first confess"
    assert estimate_importance(heavy) == 10


def test_names_come_before_long_words_among_keywords() -> None:
    words = find_keywords("There Noor met Bastian, and Noor showed Bastian the lighthouse, the lighthouse!", 3)
    assert set(words[:2]) == {"Noor", "Bastian"}
    assert words[2] == "lighthouse"


@pytest.mark.parametrize("count", [0, 1, 5])
def test_there_are_no_more_keywords_than_asked(count: int) -> None:
    assert len(find_keywords(SOURCE * 3, count)) <= count


def test_a_summary_that_keeps_the_names_is_better_than_one_that_loses_or_invents_them() -> None:
    full = estimate_quality(SOURCE, SOURCE)
    poor = estimate_quality("Something happened.", SOURCE)
    invented = estimate_quality(SOURCE + " then Napoleon, with Cleopatra and Caesar", SOURCE)
    assert full == 1.0
    assert poor < invented < full
    assert estimate_quality("anything", "") == 1.0
