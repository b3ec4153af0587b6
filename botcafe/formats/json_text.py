"""JSON from strangers: bounded in size and depth, repaired where the meaning is plain."""

import json
import math
import re
from typing import Any

import orjson

from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_JSON_BRACKETS, MAX_JSON_BYTES, MAX_JSON_DEPTH, MIB

UTF8_BOM = b"\xef\xbb\xbf"
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
# Longer digit runs leave the 64-bit range that the writer can put back.
_MAX_INTEGER_DIGITS = 18
_MAX_KEY_IN_PATH = 60


def decode_json_object(data: bytes, notes: ImportNotes, where: str) -> dict[str, Any]:
    """Decode UTF-8 JSON bytes whose root is an object; as `decode_json`, and FormatError `not_a_card` for other roots."""
    value = decode_json(data, notes, where)
    if not isinstance(value, dict):
        raise FormatError("not_a_card", f"The JSON in {where} must be an object in curly braces.")
    return value


def decode_json(data: bytes, notes: ImportNotes, where: str) -> Any:
    """Decode UTF-8 JSON bytes.

    Repairs with a warning: bad UTF-8, raw control characters in strings, NaN and infinities (become null), NUL and
    lone surrogates (removed). Raises FormatError `too_large`, `too_deep` or `broken_json`; `where` names the source in
    messages.
    """
    _check_size(data, where)
    data = data.removeprefix(UTF8_BOM)
    try:
        value = orjson.loads(data)
        is_clean = b"\\u0000" not in data
    except orjson.JSONDecodeError:
        value = _decode_leniently(data, notes, where)
        is_clean = False
    _check_depth(value, where)
    return value if is_clean else _cleaned(value, "", notes)


def encode_json(value: dict[str, Any]) -> bytes:
    """Encode as UTF-8 JSON; raises FormatError `not_writable` for values that JSON cannot hold."""
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise FormatError("not_writable", f"The card holds a value that JSON cannot express: {error}.") from error


def _check_size(data: bytes, where: str) -> None:
    if len(data) > MAX_JSON_BYTES:
        raise FormatError("too_large", f"The JSON in {where} is larger than the allowed {MAX_JSON_BYTES // MIB} MB.")
    if data.count(b"{") + data.count(b"[") > MAX_JSON_BRACKETS:
        raise FormatError("too_large", f"The JSON in {where} has more than {MAX_JSON_BRACKETS} lists and objects.")


def _check_depth(root: Any, where: str) -> None:
    level: list[Any] = [root] if isinstance(root, dict | list) else []
    for _ in range(MAX_JSON_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise _too_deep(where)


def _too_deep(where: str) -> FormatError:
    return FormatError("too_deep", f"The JSON in {where} is nested deeper than {MAX_JSON_DEPTH} levels.")


def _decode_leniently(data: bytes, notes: ImportNotes, where: str) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        notes.add("", f"Some bytes in {where} are not UTF-8; they were replaced by a question mark sign.")
    try:
        # strict=False lets raw line breaks inside strings pass, which hand-made cards contain.
        return json.loads(text, strict=False, parse_int=_bounded_integer)
    except json.JSONDecodeError as error:
        message = f"The JSON in {where} cannot be understood at line {error.lineno}, column {error.colno}."
        raise FormatError("broken_json", message) from error
    except RecursionError as error:
        raise _too_deep(where) from error


def _bounded_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else float(digits)


def _cleaned_object(value: dict[str, Any], path: str, notes: ImportNotes) -> dict[str, Any]:
    return {_cleaned_text(key, path, notes): _cleaned(child, _step(path, key), notes) for key, child in value.items()}


def _step(path: str, key: str) -> str:
    # A key may be megabytes long, and its path is written for everything below it.
    name = key[:_MAX_KEY_IN_PATH]
    return f"{path}.{name}" if path else name


def _cleaned(value: Any, path: str, notes: ImportNotes) -> Any:
    if isinstance(value, str):
        return _cleaned_text(value, path, notes)
    if isinstance(value, dict):
        return _cleaned_object(value, path, notes)
    if isinstance(value, list):
        return [_cleaned(child, f"{path}[{index}]", notes) for index, child in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        notes.add(_UNSTORABLE.sub("", path), "this is not a finite number; it was emptied.")
        return None
    return value


def _cleaned_text(text: str, path: str, notes: ImportNotes) -> str:
    cleaned, count = _UNSTORABLE.subn("", text)
    if count:
        notes.add(_UNSTORABLE.sub("", path), f"{count} characters that cannot be stored were removed.")
    return cleaned
