"""What descriptions of routes are made of: schemas in short, and a route in a line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

JSON = "application/json"
MAX_JSON_ID = 2**53 - 1
ID: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_JSON_ID}
STRING: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
ANY: Schema = {}
INSTANT: Schema = {"type": "string", "format": "date-time"}
BINARY: Schema = {"type": "string", "format": "binary"}


def string(most: int, least: int = 0) -> Schema:
    """A text of so many characters."""
    return {"type": "string", "minLength": least, "maxLength": most}


def integer(least: int, most: int) -> Schema:
    """A whole number between two."""
    return {"type": "integer", "minimum": least, "maximum": most}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def enum_of(*values: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(values)}


def array_of(of: Schema, least: int = 0, most: int | None = None) -> Schema:
    """A list."""
    bounds = {"minItems": least or None, "maxItems": most}
    return {"type": "array", "items": of, **{name: value for name, value in bounds.items() if value is not None}}


def object_schema(required: Sequence[str] = (), /, **properties: Schema) -> Schema:
    """An object with these properties; ``required`` names those that may not be left out."""
    schema: Schema = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


MESSAGE = object_schema(["message"], message=STRING)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. ``response`` is the answer of each of ``statuses``; ``errors`` are the statuses of refusals.

    ``security`` names the scheme of OpenAPI that a caller signs in by; empty for a route that needs none.
    """

    method: str
    path: str
    summary: str
    response: Schema
    body: Schema | None = None
    query: dict[str, Schema] = field(default_factory=dict)
    statuses: tuple[int, ...] = (200,)
    errors: tuple[int, ...] = (400, 403, 404, 429)
    media_types: tuple[str, ...] = (JSON,)
    body_media_types: tuple[str, ...] = (JSON,)
    security: str = "jwt"

    def operation(self, tag: str, error_response: str) -> Schema:
        """The operation as OpenAPI has it; ``error_response`` names the component that describes a refusal."""
        success = {
            "description": self.summary,
            "content": {media_type: {"schema": self.response} for media_type in self.media_types},
        }
        refusal = {"$ref": f"#/components/responses/{error_response}"}
        operation: Schema = {
            "tags": [tag],
            "summary": self.summary,
            "parameters": [{"name": n, "in": "query", "required": False, "schema": s} for n, s in self.query.items()],
            "responses": {
                **{str(status): success for status in self.statuses},
                **{str(status): refusal for status in self.errors},
            },
            "security": [{self.security: []}] if self.security else [{}],
        }
        if self.method not in {"get", "delete"}:
            schema = self.body or {"type": "object"}
            operation["requestBody"] = {
                "required": self.body is not None,
                "content": {media_type: {"schema": schema} for media_type in self.body_media_types},
            }
        return operation
