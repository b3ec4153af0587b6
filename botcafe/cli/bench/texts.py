"""Words for rows that nobody reads: the same ones in every run."""

from typing import Any

import orjson

TEXT = (
    "the rain had stopped before evening and lamps were lit along the harbour where two friends walked "
    "slowly past shuttered shops talking of small things a borrowed book tea that was too hot letters "
    "never sent until one of them laughed and said that tomorrow they might begin again with better bread"
)
WORDS = TEXT.split()


def words(seed: int, count: int) -> str:
    """So many words, others for each seed."""
    start, size = seed % len(WORDS), len(WORDS)
    return " ".join(WORDS[(start + i * (1 + seed % 3)) % size] for i in range(count)).capitalize() + "."


def line(seed: int) -> str:
    """A few words."""
    return words(seed, 5)


def json(value: Any) -> str:
    """A value as a JSON column keeps it."""
    return orjson.dumps(value).decode()
