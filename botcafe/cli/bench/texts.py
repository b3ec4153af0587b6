"""Deterministic filler text for rows of benches."""

import orjson

TEXT = (
    "the rain had stopped before evening and lamps were lit along the harbour where two friends walked "
    "slowly past shuttered shops talking of small things a borrowed book tea that was too hot letters "
    "never sent until one of them laughed and said that tomorrow they might begin again with better bread"
)
WORDS = TEXT.split()


def make_words(seed: int, count: int) -> str:
    """A sentence of so many words, chosen by the seed."""
    start, size = seed % len(WORDS), len(WORDS)
    return " ".join(WORDS[(start + i * (1 + seed % 3)) % size] for i in range(count)).capitalize() + "."


def make_line(seed: int) -> str:
    """A few words."""
    return make_words(seed, 5)


def json_column(value: object) -> str:
    """A value as a JSON column stores it."""
    return orjson.dumps(value).decode()
