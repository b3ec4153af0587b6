"""Converting Payload values to ours. Lenient: the old system accepted them once."""

import math
import secrets
from collections.abc import Callable
from typing import Any

import orjson

from botcafe.cms.schema.fields import FieldSpec
from botcafe.cms.write import field_values as wire
from botcafe.kit import instants
from botcafe.kit.words import has_control_characters, is_slug, slugify_name

# Above this JSON numbers of the old system are not exact.
MAX_ID = 2**53
ANY_JSON = FieldSpec(kind="richText")


class RowImportError(Exception):
    """A row cannot be imported; the message completes a sentence."""


def convert_text(face: FieldSpec, raw: object) -> str | None:
    """Text without control characters, which our API refuses."""
    if raw is None:
        return None
    if isinstance(raw, bytes):
        raw = raw.decode("utf8", "replace")
    found = raw if isinstance(raw, str) else str(raw)
    if has_control_characters(found):
        found = "".join(c for c in found if c in "\t\n\r" or (c >= " " and c != "\x7f"))
    # An address is no part of what was said: a slug that ours would refuse is made into one that fits.
    return slugify_name(found) if face.is_slug and found and not is_slug(found) else found


def convert_email(face: FieldSpec, raw: object) -> str | None:
    """An e-mail address in lower case."""
    found = (convert_text(face, raw) or "").strip().lower()
    if "@" not in found:
        raise RowImportError("no e-mail address")
    return found


def convert_select(face: FieldSpec, raw: object) -> str | None:
    """One of the options, or any short text where the field allows others; None for anything else."""
    found = convert_text(face, raw)
    if found in face.options or (face.is_open and found and len(found) <= 100):
        return found
    return None


def convert_number(face: FieldSpec, raw: object) -> float | None:
    """A finite number."""
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str | bytes | int | float):
        raise RowImportError("no number")
    try:
        found = float(raw)
    except ValueError as error:
        raise RowImportError("no number") from error
    if not math.isfinite(found):
        raise RowImportError("no number")
    return found


def convert_checkbox(face: FieldSpec, raw: object) -> bool | None:
    """True, false, or None for NULL."""
    if raw is None:
        return None
    if raw in (0, 1):
        return bool(raw)
    found = {"true": True, "false": False, "1": True, "0": False}.get(str(raw).lower())
    if found is None:
        raise RowImportError("neither true nor false")
    return found


def convert_date(face: FieldSpec, raw: object) -> str | None:
    """An instant in UTC."""
    if raw is None or raw == "":
        return None
    found = instants.parse_instant(raw) if isinstance(raw, str) else None
    if found is None:
        raise RowImportError("no date")
    return found


def convert_json(face: FieldSpec, raw: object) -> object:
    """A JSON value, checked for depth and for characters that databases refuse."""
    if raw is None:
        return None
    try:
        return wire.convert_json(ANY_JSON, orjson.loads(raw if isinstance(raw, (str, bytes)) else str(raw)))
    except (orjson.JSONDecodeError, wire.FieldValueError) as error:
        raise RowImportError("no JSON") from error


def parse_id(raw: object) -> int | None:
    """The id of a row; None for what is no id."""
    if isinstance(raw, str) and raw.isascii() and raw.isdecimal() and len(raw) < 17:
        raw = int(raw)
    return raw if isinstance(raw, int) and 0 < raw < MAX_ID else None


CONVERTERS: dict[str, Callable[[FieldSpec, Any], Any]] = {
    "text": convert_text,
    "textarea": convert_text,
    "email": convert_email,
    "select": convert_select,
    "number": convert_number,
    "checkbox": convert_checkbox,
    "date": convert_date,
    "json": convert_json,
    "richText": convert_json,
}


DEFAULTS_BY_KIND = {"number": 0.0, "text": "", "textarea": "", "json": {}, "richText": {}, "checkbox": False}


def default_for_missing(slug: str, field: Any, there: dict[str, Any]) -> Any:
    """A value for a required column that the old table lacks."""
    face: FieldSpec = field.spec
    if face.kind == "date":
        return there["created_at"]
    if face.kind == "select" and face.options:
        return face.options[0]
    if face.kind == "text" and field.unique:
        title = there.get("name") or there.get("title")
        return slugify_name(title) if title else f"{slug}-{there['id']}"
    if face.secret or face.kind not in DEFAULTS_BY_KIND:
        raise RowImportError(f"there is no {field.name}")
    return DEFAULTS_BY_KIND[face.kind]


def convert_item(kind: str, face: FieldSpec, raw: object) -> object:
    """One item of a list of texts, numbers or options."""
    if kind == "numbers":
        found = convert_number(face, raw)
        return int(found) if found is not None and found.is_integer() else found
    return convert_select(face, raw) if kind == "selects" else convert_text(face, raw)


def convert_array_row(face: FieldSpec, there: dict[str, object]) -> dict[str, object]:
    """One row of an array that is kept as JSON."""
    made: dict[str, object] = {"id": convert_text(face, there.get("id")) or secrets.token_hex(12)}
    for part in face.fields:
        value = CONVERTERS[part.spec.kind](part.spec, there.get(part.name))
        if value is None and part.spec.required:
            raise RowImportError("a row that lacks its " + part.name)
        made[part.name] = value
    return made
