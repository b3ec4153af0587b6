"""The colours of names, speech and actions can be read on every ground that messages stand on, in both themes."""

import re
from pathlib import Path

import pytest

import botcafe.web

TOKENS = (Path(botcafe.web.__file__).parent / "static/shell/tokens.css").read_text()
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
COLOURS = {name: (light, dark) for name, light, dark in PAIR.findall(TOKENS)}
WORDS = ("speech", "action", *(f"ink-{number}" for number in range(10)))
GROUNDS = ("ground", "surface", "raised", "own-wash", "copper-wash")
LEAST = 4.5


def luminance(colour: str) -> float:
    """The relative luminance of a colour, after WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, after WCAG 2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("word", WORDS)
def test_words_have_contrast_on_every_ground(word: str, theme: int) -> None:
    found = {ground: contrast(COLOURS[word][theme], COLOURS[ground][theme]) for ground in GROUNDS}
    assert {ground: value for ground, value in found.items() if value < LEAST} == {}


def test_the_colours_of_two_names_differ() -> None:
    assert len({COLOURS[f"ink-{number}"] for number in range(10)}) == 10
