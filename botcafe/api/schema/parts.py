"""What descriptions of routes are made of: schemas in short, and a route in a line."""

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


def object_schema(needed: str = "", **fields: Schema) -> Schema:
    """An object; ``needed`` names what may not be left out."""
    made: Schema = {"type": "object", "properties": fields}
    return {**made, "required": needed.split()} if needed else made


MESSAGE = object_schema("message", message=STRING)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. ``gives`` by status; a kind other than JSON has its media type in ``kind``."""

    method: str
    path: str
    summary: str
    gives: Schema
    takes: Schema | None = None
    query: dict[str, Schema] = field(default_factory=dict)
    status: tuple[int, ...] = (200,)
    refused: tuple[int, ...] = (400, 403, 404, 429)
    kind: tuple[str, ...] = (JSON,)
    takes_kind: tuple[str, ...] = (JSON,)
    scheme: str = "jwt"

    def item(self, tag: str, errors: str) -> Schema:
        """The operation as OpenAPI has it; ``errors`` names the response of a refusal."""
        good = {"description": self.summary, "content": {kind: {"schema": self.gives} for kind in self.kind}}
        bad = {"$ref": f"#/components/responses/{errors}"}
        asked = [{"name": n, "in": "query", "required": False, "schema": s} for n, s in self.query.items()]
        made: Schema = {
            "tags": [tag],
            "summary": self.summary,
            "parameters": asked,
            "responses": {**{str(code): good for code in self.status}, **{str(code): bad for code in self.refused}},
            "security": [{self.scheme: []}] if self.scheme else [{}],
        }
        if self.method != "get" and self.method != "delete":
            content = {kind: {"schema": self.takes or {"type": "object"}} for kind in self.takes_kind}
            made["requestBody"] = {"required": self.takes is not None, "content": content}
        return made
