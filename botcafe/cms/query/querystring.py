"""Parses query strings with brackets, such as ``where[name][like]=x``, as the qs library of Payload does."""

import re
from urllib.parse import parse_qsl

from botcafe.cms.schema.errors import BadRequest
from botcafe.kit.json_types import JsonObject, JsonValue

MAX_FIELDS = 1000
# Nesting is followed by recursion below, so a hostile query must not choose its depth.
MAX_DEPTH = 40
_BRACKET = re.compile(r"\[([^\[\]]*)\]")


def parse_query_string(raw: str) -> JsonObject:
    """Nested dicts, lists and strings of a query string. Raises BadRequest where it is too long, too deep or not UTF-8."""
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise BadRequest(f"The query string cannot be read: at most {MAX_FIELDS} fields, in UTF-8.") from error
    root: JsonObject = {}
    for key, value in pairs:
        # PostgreSQL takes no NUL character in text and would fail with a server error.
        if "\x00" in value or "\x00" in key:
            raise BadRequest(f"The query string has a NUL character in {key[:60]!r}.")
        _put(root, _segments(key), value)
    return {k: _lists_from_indexes(v) for k, v in root.items()}


def _segments(key: str) -> list[str]:
    head, bracket, _ = key.partition("[")
    parts = [head, *_BRACKET.findall(key[len(head) :])] if bracket and head else [key]
    if len(parts) > MAX_DEPTH:
        raise BadRequest(f"The query string nests deeper than {MAX_DEPTH} brackets at {key[:60]!r}.")
    return parts


def _put(node: JsonObject, parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        # `a[]=1&a[]=2` numbers its items in the order in which they come.
        name = part or str(len(node))
        below = node.get(name)
        if not isinstance(below, dict):
            below = node[name] = {} if below is None else {"": below}
        node = below
    last = parts[-1]
    if last == "" and len(parts) > 1:
        last = str(len(node))
    if last in node and len(parts) == 1:
        old = node[last]
        node[last] = {**old, str(len(old)): value} if isinstance(old, dict) else {"0": old, "1": value}
    else:
        node[last] = value


def _lists_from_indexes(node: JsonValue) -> JsonValue:
    if not isinstance(node, dict):
        return node
    # `a[0]=x&a[1]=y` is a list; gaps close up, so a[999999] does not allocate a large one.
    if node and all(k.isascii() and k.isdecimal() for k in node):
        return [_lists_from_indexes(node[k]) for k in sorted(node, key=_as_number)]
    return {k: _lists_from_indexes(v) for k, v in node.items()}


def _as_number(digits: str) -> tuple[int, str]:
    # Ordered as numbers without being read as such, which Python refuses to do with thousands of digits.
    bare = digits.lstrip("0")
    return len(bare), bare


def parse_flag(value: object, default: bool) -> bool:
    """False for the text ``false``, the default where nothing is given, else True: Payload's reading of a flag."""
    return default if value is None else str(value) != "false"
