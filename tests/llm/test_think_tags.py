"""Thinking between tags, told apart however the text is cut."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.llm.protocol import ReasoningDelta, TextDelta
from botcafe.llm.wire.think_tags import ThinkSplitter, split_unopened_thinking


def split(pieces: Iterable[str]) -> tuple[str, str]:
    """(text, thinking)"""
    splitter = ThinkSplitter()
    deltas = [delta for piece in pieces for delta in splitter.feed(piece)] + splitter.close()
    assert all(delta.text for delta in deltas)
    return (
        "".join(delta.text for delta in deltas if isinstance(delta, TextDelta)),
        "".join(delta.text for delta in deltas if isinstance(delta, ReasoningDelta)),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ("plain", "")),
        ("<think>why</think>\n\nso", ("so", "why")),
        ("<thinking>why</thinking> so", ("so", "why")),
        ("a <think>b</think> c <think>d</think> e", ("a c e", "bd")),
        ("<think>never closed", ("", "never closed")),
        ("a < b and a <b> c", ("a < b and a <b> c", "")),
        ("ends with <thi", ("ends with <thi", "")),
        ("<think>x </thi y</think>z", ("z", "x </thi y")),
        ("<think></think>z", ("z", "")),
        ("stray </think> stays", ("stray </think> stays", "")),
        ("", ("", "")),
    ],
)
def test_think_tags_separate_reasoning_from_the_reply(text: str, expected: tuple[str, str]) -> None:
    assert split([text]) == expected
    assert split(text) == expected


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["<think>", "</think>", "<thinking>", "<th", "ink>", "<", ">", " ", "\n", "a", "/"])))
def test_any_chunking_gives_the_same_deltas(pieces: list[str]) -> None:
    assert split(pieces) == split(["".join(pieces)])


def test_text_without_a_tag_is_emitted_at_once() -> None:
    assert ThinkSplitter().feed("word") == [TextDelta("word")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hm\nhm\n</think>\n\nGood evening", ("hm\nhm", "Good evening")),
        ("hm</thinking>\nGood", ("hm", "Good")),
        ("hm</think>", ("hm", "")),
        ("Write </think> at the end of it", ("", "Write </think> at the end of it")),
        ("<think>hm</think>\nGood", ("", "<think>hm</think>\nGood")),
        ("</think>\nGood", ("", "Good")),
        ("Good evening", ("", "Good evening")),
    ],
)
def test_an_unopened_end_tag_separates_reasoning_from_text(text: str, expected: tuple[str, str]) -> None:
    assert split_unopened_thinking(text) == expected
