"""Words that a person does not want to see, in replies that come in pieces of any size."""

import random

import pytest

from botcafe.chat.generation.word_mask import HIDDEN, WordMask

WORDS = ("gin", "elm street", "elm", "東京", "c++", "ü")


def masked(text: str, sizes: list[int]) -> str:
    """The text as it is shown when it comes in pieces of these sizes, over and over."""
    mask, shown, at, number = WordMask(WORDS), "", 0, 0
    while at < len(text):
        size = sizes[number % len(sizes)]
        shown += mask.feed(text[at : at + size])
        at, number = at + size, number + 1
    return shown + mask.finish()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A gin, please. GIN!", "A •••, please. •••!"),
        ("ginger, begin and engine", "ginger, begin and engine"),
        ("In Elm\n  Street by an elm, not Elmwood", "In ••• by an •••, not Elmwood"),
        ("明日東京へ行く", "明日•••へ行く"),
        ("C++ and C+", "••• and C+"),
        ("gin", "•••"),
        ("gin gin gin", "••• ••• •••"),
        ("elm streets", "••• streets"),
        ("", ""),
        ("Über ü über", "Über ••• über"),
    ],
)
def test_words_are_hidden_however_they_come(text: str, shown: str) -> None:
    draw = random.Random(7)
    for sizes in ([1], [2], [3], [1000], *([draw.randint(1, 6) for _ in range(5)] for _ in range(20))):
        assert masked(text, sizes) == shown, sizes


def test_nothing_is_held_back_that_begins_no_word() -> None:
    mask = WordMask(WORDS)
    assert mask.feed("Hello the") == "Hello the"
    assert mask.feed(" g") == " "
    assert mask.feed("reat") == "great"


def test_without_words_every_piece_passes_as_it_is() -> None:
    mask = WordMask(())
    assert (mask.feed("gin"), mask.finish()) == ("gin", "")


def test_words_that_begin_alike_are_each_hidden() -> None:
    """Two hundred phrases of one beginning took minutes for a reply of their own endpoint: a beginning is read once."""
    alike = [" ".join("a" * size) for size in range(1, 50)] + [f"{'a ' * 40}x{number}" for number in range(150)]
    mask = WordMask(alike)
    assert mask.feed(f"{'a ' * 49}b, {'a  ' * 40}x7. ab") + mask.finish() == f"{HIDDEN} b, {HIDDEN}. ab"


def test_the_longest_word_is_hidden_whole() -> None:
    mask = WordMask(["rain", "rain coat", "rains", "x!", "!y"])
    assert (
        mask.feed("It RAINS: rain  coat, x! !y, rainy") + mask.finish()
        == f"It {HIDDEN}: {HIDDEN}, {HIDDEN} {HIDDEN}, rainy"
    )
