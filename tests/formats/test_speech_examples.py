"""Example dialogues."""

import pytest

from botcafe.formats.cards.card_files import speech_examples


@pytest.mark.parametrize(
    ("example", "blocks"),
    [
        ("", []),
        ("<START>", []),
        ("<START>\nA: 1\nB: 2\n<START>\nA: 3\n", ["A: 1\nB: 2", "A: 3"]),
        ("no mark at all", ["no mark at all"]),
        ("before\n<start>\r\nafter", ["before", "after"]),
        ("<START> A: same line", ["A: same line"]),
    ],
)
def test_examples_are_split_at_their_marks(example: str, blocks: list[str]) -> None:
    assert speech_examples(example) == blocks
