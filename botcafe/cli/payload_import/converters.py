"""Old values made into ours. Nothing is refused that can be kept: the old system has accepted it once."""

import math
import secrets
from collections.abc import Callable
from typing import Any

import orjson

from botcafe.cms.schema.fields import FieldSpec
from botcafe.cms.write import field_values as wire
from botcafe.kit import instants
from botcafe.kit.words import has_control_characters, slug_of

LARGEST_ID = 2**53
ANY_JSON = FieldSpec(kind="richText")


class RowImportError(Exception):
    """Why a row cannot come in."""


def text(face: FieldSpec, raw: Any) -> str | None:
    """Text as it was, without control characters, which no page and no client takes."""
    if raw is None:
        return None
    if isinstance(raw, bytes):
        raw = raw.decode("utf8", "replace")
    found = raw if isinstance(raw, str) else str(raw)
    if has_control_characters(found):
        found = "".join(c for c in found if c in "\t\n\r" or (c >= " " and c != "\x7f"))
    return found


def email(face: FieldSpec, raw: Any) -> str | None:
    """An address in lower case."""
    found = (text(face, raw) or "").strip().lower()
    if "@" not in found:
        raise RowImportError("no e-mail address")
    return found


def select(face: FieldSpec, raw: Any) -> str | None:
    """One of the options, or any word where the field is open; None for what is neither."""
    found = text(face, raw)
    if found in face.options or (face.is_open and found and len(found) <= 100):
        return found
    return None


def number(face: FieldSpec, raw: Any) -> float | None:
    """A finite number."""
    if raw is None or raw == "":
        return None
    try:
        found = float(raw)
    except (TypeError, ValueError) as error:
        raise RowImportError("no number") from error
    if not math.isfinite(found):
        raise RowImportError("no number")
    return found


def checkbox(face: FieldSpec, raw: Any) -> bool | None:
    """True, false, or not said."""
    if raw is None:
        return None
    if raw in (0, 1):
        return bool(raw)
    found = {"true": True, "false": False, "1": True, "0": False}.get(str(raw).lower())
    if found is None:
        raise RowImportError("neither true nor false")
    return found


def date(face: FieldSpec, raw: Any) -> str | None:
    """An instant in UTC."""
    if raw is None or raw == "":
        return None
    found = instants.parse_instant(raw) if isinstance(raw, str) else None
    if found is None:
        raise RowImportError("no date")
    return found


def json(face: FieldSpec, raw: Any) -> Any:
    """A JSON value, checked for depth and for what databases do not take."""
    if raw is None:
        return None
    try:
        return wire.convert_json(ANY_JSON, orjson.loads(raw if isinstance(raw, (str, bytes)) else str(raw)))
    except (orjson.JSONDecodeError, wire.FieldValueError) as error:
        raise RowImportError("no JSON") from error


def identity(raw: Any) -> int | None:
    """The id of a row; None for what is none."""
    if isinstance(raw, str) and raw.isascii() and raw.isdecimal() and len(raw) < 17:
        raw = int(raw)
    return raw if isinstance(raw, int) and 0 < raw < LARGEST_ID else None


CONVERT: dict[str, Callable[[FieldSpec, Any], Any]] = {
    "text": text,
    "textarea": text,
    "email": email,
    "select": select,
    "number": number,
    "checkbox": checkbox,
    "date": date,
    "json": json,
    "richText": json,
}


NEUTRAL = {"number": 0.0, "text": "", "textarea": "", "json": {}, "richText": {}, "checkbox": False}


def neutral(slug: str, field: Any, there: dict[str, Any]) -> Any:
    """The value of a required column that the old table does not have at all."""
    face: FieldSpec = field.spec
    if face.kind == "date":
        return there["created_at"]
    if face.kind == "select" and face.options:
        return face.options[0]
    if face.kind == "text" and field.unique:
        title = there.get("name") or there.get("title")
        return slug_of(title) if title else f"{slug}-{there['id']}"
    if face.secret or face.kind not in NEUTRAL:
        raise RowImportError(f"there is no {field.name}")
    return NEUTRAL[face.kind]


def item(kind: str, face: FieldSpec, raw: Any) -> Any:
    """One item of a list of texts, numbers or options."""
    if kind == "numbers":
        found = number(face, raw)
        return int(found) if found is not None and found.is_integer() else found
    return select(face, raw) if kind == "selects" else text(face, raw)


def array_row(face: FieldSpec, there: dict[str, Any]) -> dict[str, Any]:
    """One row of an array that is kept as JSON."""
    made: dict[str, Any] = {"id": text(face, there.get("id")) or secrets.token_hex(12)}
    for part in face.fields:
        value = CONVERT[part.spec.kind](part.spec, there.get(part.name))
        if value is None and part.spec.required:
            raise RowImportError("a row that lacks its " + part.name)
        made[part.name] = value
    return made
