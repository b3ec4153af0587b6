"""Coerces and checks single values as Payload does.

Every function takes the field's spec and the given value and returns the value to store; it raises
``FieldValueError`` with a message for people where the value does not fit.
"""

import math
import re
import secrets
from collections.abc import Callable
from typing import Any

import orjson

from botcafe.cms.schema.errors import BadRequest
from botcafe.cms.schema.fields import FieldSpec
from botcafe.kit import instants
from botcafe.kit.ids import parse_row_id
from botcafe.kit.words import has_control_characters, is_slug, looks_like_another

# Payload has no limits; these are far above real documents and keep a single field from filling memory.
TEXT_LIMIT, TEXTAREA_LIMIT, LIST_LIMIT, JSON_DEPTH = 10_000, 1_000_000, 10_000, 60
# Every repetition is bounded, so that a hostile address cannot make the pattern backtrack for long.
_EMAIL = re.compile(
    r"^[^@\s<>()\[\],;:\"\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\.[A-Za-z0-9-]{2,63}$"
)


class FieldValueError(ValueError):
    """A value that does not fit its field."""


def convert_text(spec: FieldSpec, value: object) -> str | None:
    """A string; numbers become text, as ``5`` in a line and ``5.0`` in a text area."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, list, dict)):
        # Payload on SQLite answers "5.0" for a number in a text field, and clients compare with that.
        value = _number_as_text(spec, value)
    elif isinstance(value, list) and spec.kind == "text":
        value = orjson.dumps(value).decode()
    if not isinstance(value, str):
        raise FieldValueError("This field must be text.")
    return check_text(spec, value)


def check_text(spec: FieldSpec, value: str) -> str:
    """The same text. Raises FieldValueError where it is too long or has control characters."""
    limit = spec.max_length or (TEXT_LIMIT if spec.kind in {"text", "texts", "select"} else TEXTAREA_LIMIT)
    if len(value) > limit:
        raise FieldValueError(f"This value must be shorter than the max length of {limit} characters.")
    if has_control_characters(value):
        raise FieldValueError("This value has a control character; only line breaks and tabs are taken.")
    if spec.is_slug and not is_slug(value):
        raise FieldValueError(
            "A slug is made of the letters a to z and digits, with single hyphens, dots or underscores between them."
        )
    return value


def _number_as_text(spec: FieldSpec, value: object) -> object:
    if isinstance(value, bool):
        return f"{float(value)}"
    if isinstance(value, (int, float)):
        return f"{float(value)}" if spec.kind != "text" or isinstance(value, float) else str(value)
    return value


def convert_email(spec: FieldSpec, value: object) -> str:
    """An address in lower case."""
    found = value.strip().lower() if isinstance(value, str) else ""
    if not _EMAIL.match(found) or ".." in found or looks_like_another(found):
        raise FieldValueError("Please enter a valid email address.")
    return found


def convert_number(spec: FieldSpec, value: object) -> float | None:
    """A finite number; text that is no number becomes null."""
    # `age: "twelve"` becomes null there and is not refused, except where the field is required.
    found = _as_number(value)
    if found is None:
        if value is not None and spec.required:
            raise FieldValueError("Please enter a valid number.")
        return None
    if spec.minimum is not None and found < spec.minimum:
        raise FieldValueError(f'"{found:g}" is less than the min allowed value of {spec.minimum:g}.')
    if spec.maximum is not None and found > spec.maximum:
        raise FieldValueError(f'"{found:g}" is greater than the max allowed value of {spec.maximum:g}.')
    return found


def _as_number(value: object) -> float | None:
    if isinstance(value, (list, dict)):
        raise FieldValueError("Please enter a valid number.")
    try:
        found = float(value) if value not in (None, "") else None  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    if found is not None and not math.isfinite(found):
        raise FieldValueError("Please enter a valid number.")
    return found


def convert_checkbox(spec: FieldSpec, value: object) -> bool | None:
    """True, false or null; the words ``true`` and ``false`` are taken too."""
    if value in ("true", "false"):
        return bool(value == "true")
    if value is not None and not isinstance(value, bool):
        raise FieldValueError("This field can only be equal to true or false.")
    return value


def convert_select(spec: FieldSpec, value: object) -> str | None:
    """One of the options; an open field takes any short word."""
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = f"{float(value)}"
        return check_text(spec, value)
    if isinstance(value, str) and value in spec.options:
        return value
    if spec.is_open and isinstance(value, str) and 0 < len(value) <= 100:
        return check_text(spec, value)
    raise FieldValueError("This field has an invalid selection.")


def convert_date(spec: FieldSpec, value: object) -> str | None:
    """An instant in UTC."""
    if value in (None, ""):
        return None
    found = instants.parse_instant(value) if isinstance(value, str) else None
    if found is None:
        raise FieldValueError(f'"{str(value)[:80]}" is not a valid date.')
    return found


def convert_json(spec: FieldSpec, value: object) -> object:
    """Any JSON value; text must be JSON itself, and stays text."""
    if isinstance(value, str) and spec.kind == "json":
        try:
            orjson.loads(value)
        # Payload parses text in a JSON field to check it, but stores the text.
        except orjson.JSONDecodeError as error:
            raise FieldValueError("This field has an invalid input.") from error
    _check_depth(value, 0)
    return value


def _check_depth(value: object, depth: int) -> None:
    # Deeper values would exceed the recursion limit of JSON readers, ours and the database's.
    if depth > JSON_DEPTH:
        raise FieldValueError(f"This value nests deeper than {JSON_DEPTH} levels.")
    if isinstance(value, str):
        if "\x00" in value:
            raise FieldValueError("This value has a control character; only line breaks and tabs are taken.")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_depth(key, depth + 1)
            _check_depth(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_depth(item, depth + 1)


def _list(value: object) -> list[object]:
    if value is None or isinstance(value, (str, int, float, bool)):
        return []
    if not isinstance(value, list):
        raise FieldValueError("This field has an invalid input.")
    if len(value) > LIST_LIMIT:
        raise FieldValueError(f"This field takes at most {LIST_LIMIT} values.")
    return value


def convert_texts(spec: FieldSpec, value: object) -> list[str | None]:
    """A list of texts; what is no list counts as empty."""
    as_area = FieldSpec(kind="textarea", max_length=spec.max_length or TEXT_LIMIT)
    return [convert_text(as_area, item) for item in _list(value)]


def convert_numbers(spec: FieldSpec, value: object) -> list[float]:
    """A list of numbers."""
    found = [_as_number(item) for item in _list(value)]
    if any(n is None for n in found):
        raise FieldValueError("Please enter a valid number.")
    return [int(n) if n.is_integer() and abs(n) < 2**63 else n for n in found if n is not None]


def convert_selects(spec: FieldSpec, value: object) -> list[str]:
    """A list out of the options."""
    found = [value] if isinstance(value, str) else _list(value)
    chosen = [item for item in found if isinstance(item, str) and item in spec.options]
    if len(chosen) != len(found):
        raise FieldValueError("This field has an invalid selection.")
    return chosen


def convert_relation(spec: FieldSpec, value: object) -> int | None:
    """The id of a row, given as a number, its text, or an object that carries it."""
    if isinstance(value, dict):
        # Clients send back populated documents, or Payload's polymorphic form with `value`.
        value = value.get("id", value.get("value"))
    if value in (None, ""):
        return None
    if isinstance(value, str):
        value = parse_row_id(value) or value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        shown = value if isinstance(value, (str, int, float)) else "?"
        raise FieldValueError(f"This relationship field has the following invalid relationships: {str(shown)[:60]} 0")
    return value


def convert_relations(spec: FieldSpec, value: object) -> list[int]:
    """The ids of rows, in order; a single one counts as a list."""
    items = value if isinstance(value, list) else [] if value in (None, "") else [value]
    if len(items) > LIST_LIMIT:
        raise FieldValueError(f"This field takes at most {LIST_LIMIT} values.")
    return [found for item in items if (found := convert_relation(spec, item)) is not None]


def array_row_id(given: object) -> str:
    """The id of an array's row: the client's own, else 24 hexadecimal digits."""
    if isinstance(given, str) and 0 < len(given) <= 100 and not has_control_characters(given):
        return given
    # Payload's array rows have MongoDB-style ids of 24 hexadecimal digits.
    return secrets.token_hex(12)


CONVERTERS: dict[str, Callable[[FieldSpec, object], Any]] = {
    "text": convert_text,
    "textarea": convert_text,
    "email": convert_email,
    "number": convert_number,
    "checkbox": convert_checkbox,
    "select": convert_select,
    "date": convert_date,
    "json": convert_json,
    "richText": convert_json,
    "texts": convert_texts,
    "numbers": convert_numbers,
    "selects": convert_selects,
    "relationship": convert_relation,
    "upload": convert_relation,
    "relationships": convert_relations,
}


def refuse_nul_characters(value: object, name: str = "body") -> None:
    """Raises BadRequest for a text with a NUL character anywhere in a document: no text has one, and not every database takes it."""
    if isinstance(value, str) and "\x00" in value:
        raise BadRequest(f"{name[:60]} has a NUL character, which no text has.")
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        if isinstance(key, str) and "\x00" in key:
            raise BadRequest(f"{name[:60]} has a name with a NUL character.")
        refuse_nul_characters(each, str(key) if isinstance(value, dict) else name)
