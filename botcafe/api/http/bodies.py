"""Bodies of requests as dataclasses: declared once, checked by ``read_body``, described by ``body_schema``.

Each field holds the JSON Schema that the OpenAPI document shows, which is the check as well, and the sentence that a
value outside of it is refused with.
"""

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar

from botcafe.api.schema.parts import Schema, object_schema
from botcafe.cms.schema.errors import BadRequest
from botcafe.kit.json_types import JsonObject

T = TypeVar("T")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
    "null": type(None),
}


@dataclass(frozen=True, slots=True)
class _Rule:
    schema: Schema
    problem: str
    is_checked: bool
    is_required: bool


def body_field(schema: Schema, problem: str = "", *, default: object = MISSING) -> Any:
    """A field that is checked here; ``problem`` is the whole sentence of its refusal."""
    metadata = {"rule": _Rule(schema, problem, is_checked=True, is_required=default is MISSING)}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


def passed_field(schema: Schema, *, is_required: bool = False) -> Any:
    """A field that the action checks, with a refusal of its own; None where it was not sent."""
    return field(default=None, metadata={"rule": _Rule(schema, "", is_checked=False, is_required=is_required)})


def read_body(body_type: type[T], body: JsonObject) -> T:
    """A body as its dataclass; fields that it does not have are ignored. Raises BadRequest with the first problem."""
    values: dict[str, Any] = {}
    for each in fields(body_type):  # type: ignore[arg-type]
        rule = _rule_of(each)
        if each.name not in body:
            if each.default is MISSING:
                raise BadRequest(rule.problem or f"{each.name} is missing.")
            continue
        value = body[each.name]
        if rule.is_checked and not matches_schema(value, rule.schema):
            raise BadRequest(rule.problem or f"{each.name} is not as it should be.")
        values[each.name] = value
    return body_type(**values)


def body_schema(body_type: type) -> Schema:
    """The schema of a body for the OpenAPI document."""
    rules = {each.name: _rule_of(each) for each in fields(body_type)}
    required = [name for name, rule in rules.items() if rule.is_required]
    return object_schema(required, **{name: rule.schema for name, rule in rules.items()})


def _rule_of(each: Field[Any]) -> _Rule:
    rule: _Rule = each.metadata["rule"]
    return rule


def matches_schema(value: object, schema: Schema) -> bool:
    """Whether a value fits the part of JSON Schema that our bodies use."""
    if "anyOf" in schema:
        return any(matches_schema(value, option) for option in schema["anyOf"])
    if not _has_type(value, schema.get("type")):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        return bool(schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)))
    if isinstance(value, int | float):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    if isinstance(value, list):
        is_counted = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return bool(is_counted) and all(matches_schema(item, schema.get("items", {})) for item in value)
    return True


def _has_type(value: object, name: str | None) -> bool:
    if name is None:
        return True
    # Python takes True for a number; JSON does not.
    if isinstance(value, bool) and name in {"integer", "number"}:
        return False
    return isinstance(value, _TYPES[name])
