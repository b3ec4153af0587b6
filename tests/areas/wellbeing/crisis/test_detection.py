"""The crisis check: what it finds in sentences of our own that nobody tuned on, and what it leaves alone."""

import pytest

from botcafe.areas.wellbeing.crisis.detection import find_danger, find_urging
from botcafe.areas.wellbeing.crisis.lexicon import LANGUAGES
from tests.areas.wellbeing.crisis.figures import load_sentences, measure


def test_the_set_is_large_and_half_of_it_is_no_danger() -> None:
    sentences = load_sentences()
    assert len(sentences) >= 600
    assert {each.language for each in sentences} == set(LANGUAGES)
    assert sum(each.is_danger for each in sentences) == len(sentences) / 2


def test_the_held_half_is_found_as_well_as_was_measured() -> None:
    """Measured: recall .933, precision .892 (docs/wellbeing.md)."""
    figures = measure(each for each in load_sentences() if each.is_held)
    assert figures.recall >= 0.92
    assert figures.precision >= 0.87


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_left_behind(language: str) -> None:
    figures = measure(each for each in load_sentences() if each.is_held and each.language == language)
    assert figures.recall >= 0.85
    assert figures.precision >= 0.79


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to hurt myself, I only need sleep.",
        "*stabs himself with the dagger* The curtain falls.",
        "She sings “I want to die” in the last act.",
        "In my story the captain wants to die at sea.",
        "Suicide Squad was fun.",
        "",
    ],
)
def test_play_quotes_fiction_and_denials_are_no_danger(text: str) -> None:
    assert find_danger(text) is None


def test_the_kind_and_the_language_are_named() -> None:
    found = find_danger("Mein Mann schlägt mich jeden Abend.")
    assert found is not None
    assert (found.kind, found.language) == ("abuse", "de")


def test_of_a_long_text_the_start_and_the_end_are_read() -> None:
    filler = "The rain fell on the roofs and nobody minded. " * 400
    assert find_danger(filler) is None
    assert find_danger(f"I want to kill myself. {filler}") is not None
    assert find_danger(f"{filler} I want to kill myself.") is not None


def test_a_bot_that_urges_is_cut_at_its_sentence() -> None:
    text = "I hear you. You should just kill yourself. Good night."
    assert text[: find_urging(text)].rstrip() == "I hear you."


@pytest.mark.parametrize(
    "text",
    [
        "Please do not kill yourself.",
        "If you want to hurt yourself, call 988.",
        "Never cut yourself, talk to me.",
        "Hi!",
    ],
)
def test_a_bot_that_helps_goes_on(text: str) -> None:
    assert find_urging(text) is None
