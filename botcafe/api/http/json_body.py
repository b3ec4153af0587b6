"""JSON of a request: bounded by what it becomes in memory, and not by its bytes alone."""

from typing import Any

import orjson

from botcafe.cms.schema.errors import BadRequest, TooLarge
from botcafe.kit.json_types import is_nested_deeper

# A list of empty objects takes thirty times its bytes once it is decoded; each mark stands for at most 100 bytes of that.
MAX_MARKS = 500_000
MARKS = "{[:,"
# A JSON field has at most 60 levels (`cms.write.field_values`), and stands in few others. What walks a document by recursion
# would end in the middle of a deeper one.
MAX_LEVELS = 100


def load_json(raw: bytes | str) -> Any:
    """What a body means. Raises TooLarge before it is decoded, BadRequest for too deep a one, and orjson.JSONDecodeError."""
    # A shorter one has not that many.
    if len(raw) > MAX_MARKS and _count_marks(raw) > MAX_MARKS:
        raise TooLarge(f"A JSON body has at most {MAX_MARKS:,} brackets, colons and commas.")
    value = orjson.loads(raw)
    if is_nested_deeper(value, MAX_LEVELS):
        raise BadRequest(f"A JSON body nests at most {MAX_LEVELS} levels.")
    return value


def _count_marks(raw: bytes | str) -> int:
    if isinstance(raw, str):
        return sum(raw.count(mark) for mark in MARKS)
    return sum(raw.count(mark.encode()) for mark in MARKS)
