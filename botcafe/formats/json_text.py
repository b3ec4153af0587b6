"""Decoding untrusted JSON: bounded in size and depth, repaired where the meaning is clear."""

import json
import math
import re

import orjson

from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_JSON_BRACKETS, MAX_JSON_BYTES, MAX_JSON_DEPTH, MIB
from botcafe.kit.json_types import JsonObject, JsonValue, is_nested_deeper

UTF8_BOM = b"\xef\xbb\xbf"
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
# Longer digit runs leave the 64-bit range that the writer can put back.
_MAX_INTEGER_DIGITS = 18
_MAX_KEY_IN_PATH = 60


def decode_json_object(data: bytes, notes: ImportNotes, where: str) -> JsonObject:
    """Decode UTF-8 JSON bytes whose root is an object; as `decode_json`, and FormatError `not_a_card` for other roots."""
    value = decode_json(data, notes, where)
    if not isinstance(value, dict):
        raise FormatError("not_a_card", f"The JSON in {where} must be an object in curly braces.")
    return value


def decode_json(data: bytes, notes: ImportNotes, where: str, *, max_depth: int = MAX_JSON_DEPTH) -> JsonValue:
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
    if is_nested_deeper(value, max_depth):
        raise _depth_error(where, max_depth)
    try:
        return value if is_clean else _remove_unstorable(value, "", notes)
    except RecursionError as error:
        raise _depth_error(where, max_depth) from error


def encode_json(value: JsonObject) -> bytes:
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


def _depth_error(where: str, max_depth: int = MAX_JSON_DEPTH) -> FormatError:
    return FormatError("too_deep", f"The JSON in {where} is nested deeper than {max_depth} levels.")


def _decode_leniently(data: bytes, notes: ImportNotes, where: str) -> JsonValue:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        notes.add("", f"Some bytes in {where} are not UTF-8; they were replaced by a question mark sign.")
    try:
        # strict=False lets raw line breaks inside strings pass, which hand-made cards contain.
        value: JsonValue = json.loads(text, strict=False, parse_int=_bounded_integer)
        return value
    except json.JSONDecodeError as error:
        message = f"The JSON in {where} cannot be understood at line {error.lineno}, column {error.colno}."
        raise FormatError("broken_json", message) from error
    except RecursionError as error:
        raise _depth_error(where) from error


def _bounded_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else float(digits)


def _remove_unstorable_in_object(value: JsonObject, path: str, notes: ImportNotes) -> JsonObject:
    return {
        _remove_unstorable_characters(key, path, notes): _remove_unstorable(child, _child_path(path, key), notes)
        for key, child in value.items()
    }


def _child_path(path: str, key: str) -> str:
    # A key may be megabytes long, and its path is written for everything below it.
    name = key[:_MAX_KEY_IN_PATH]
    return f"{path}.{name}" if path else name


def _remove_unstorable(value: JsonValue, path: str, notes: ImportNotes) -> JsonValue:
    if isinstance(value, str):
        return _remove_unstorable_characters(value, path, notes)
    if isinstance(value, dict):
        return _remove_unstorable_in_object(value, path, notes)
    if isinstance(value, list):
        return [_remove_unstorable(child, f"{path}[{index}]", notes) for index, child in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        notes.add(_UNSTORABLE.sub("", path), "this is not a finite number; it was emptied.")
        return None
    return value


def _remove_unstorable_characters(text: str, path: str, notes: ImportNotes) -> str:
    cleaned, count = _UNSTORABLE.subn("", text)
    if count:
        notes.add(_UNSTORABLE.sub("", path), f"{count} characters that cannot be stored were removed.")
    return cleaned
