"""How deep the JSON of a provider may nest."""

from botcafe.kit.json_types import is_nested_deeper
from botcafe.llm.errors import BadReplyError

MAX_LEVELS = 64


def refuse_deep_json(raw: bytes | bytearray, value: object) -> None:
    """Raises BadReplyError for a value that nests deeper than any answer: what reads it by recursion would end in the middle."""
    # Counted first: this is done for every token.
    if raw.count(b"[") + raw.count(b"{") > MAX_LEVELS and is_nested_deeper(value, MAX_LEVELS):
        raise BadReplyError("nests far too deep", retryable=False)
