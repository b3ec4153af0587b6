"""JSON of a request: bounded by what it becomes in memory, and not by its bytes alone."""

from typing import Any

import orjson

from botcafe.cms.schema.errors import TooLarge

# A list of empty objects takes thirty times its bytes once it is decoded; each mark stands for at most 100 bytes of that.
MAX_MARKS = 500_000
MARKS = "{[:,"


def load_json(raw: bytes | str) -> Any:
    """What a body means. Raises TooLarge before it is decoded, and orjson.JSONDecodeError."""
    # A shorter one has not that many.
    if len(raw) > MAX_MARKS and _count_marks(raw) > MAX_MARKS:
        raise TooLarge(f"A JSON body has at most {MAX_MARKS:,} brackets, colons and commas.")
    return orjson.loads(raw)


def _count_marks(raw: bytes | str) -> int:
    if isinstance(raw, str):
        return sum(raw.count(mark) for mark in MARKS)
    return sum(raw.count(mark.encode()) for mark in MARKS)
