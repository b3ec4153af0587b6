"""The OpenAPI 3.1 document of the collections, written from their declarations."""

from typing import Any

from botcafe import __version__
from botcafe.cms.query.field_paths import child_columns
from botcafe.cms.schema.collection import Collection, all_collections
from botcafe.cms.schema.fields import FieldSpec
from botcafe.cms.schema.row import Row
from botcafe.kit.json_types import JsonObject

JSON = "application/json"
PARAMETERS: JsonObject = {
    "depth": {"type": "integer", "minimum": 0, "maximum": 10},
    "limit": {"type": "integer", "minimum": 0, "maximum": 1000},
    "page": {"type": "integer", "minimum": 1},
    "sort": {"type": "string", "maxLength": 500},
    "where": {"type": "string", "description": "JSON, or brackets: where[field][operator]=value"},
}
# An empty schema accepts any JSON value.
ANY_JSON: JsonObject = {}


def collections_openapi() -> dict[str, Any]:
    """The OpenAPI document as a JSON object: paths, schemas of documents and of their input, and refusals."""
    schemas: dict[str, Any] = {"Errors": _errors()}
    paths: dict[str, Any] = {}
    for of in all_collections():
        schemas[_name(of)] = _object(_tree(of, reading=True), required=["id"])
        schemas[f"{_name(of)}Input"] = _object(_tree(of, reading=False))
        paths |= _paths(of)
    security = {"jwt": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`JWT <token>`"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "BotCafé",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": security,
            "parameters": {
                n: {"name": n, "in": "query", "required": False, "schema": s} for n, s in PARAMETERS.items()
            },
            "responses": {"Refused": _answer({"$ref": "#/components/schemas/Errors"}, "Refused, and why")},
        },
        # The empty entry says that signing in is optional: public rows are readable without an account.
        "security": [{}, {"jwt": []}],
    }


def _name(of: Collection[Row]) -> str:
    return of.model.__name__


def _errors() -> dict[str, object]:
    entry = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
    return {"type": "object", "properties": {"errors": {"type": "array", "items": entry}}}


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        made["required"] = required
    return made


def _tree(of: Collection[Row], *, reading: bool) -> JsonObject:
    """The properties of a document by name; groups are nested objects, as in the JSON that clients get."""
    tree: JsonObject = {"id": {"type": "integer"}} if reading else {}
    for path, column in of.columns.items():
        if reading and column.spec.secret and not column.spec.shown_as:
            continue
        _put(tree, path, _schema(column.spec, reading))
    for path in of.many:
        # Which of the two comes back depends on depth and on what the caller may read.
        one = {"anyOf": [{"type": "integer"}, {"type": "object"}]} if reading else {"type": "integer"}
        _put(tree, path, {"type": "array", "items": one})
    for path in of.children:
        faces = {name: c.spec for name, c in child_columns(of.child_model(path)).items()}
        _put(tree, path, _rows(faces, reading))
    return tree


def _rows(faces: dict[str, FieldSpec], reading: bool) -> JsonObject:
    properties = {"id": {"type": "string"}, **{name: _schema(face, reading) for name, face in faces.items()}}
    needed = [name for name, face in faces.items() if face.required and not reading]
    return {"type": "array", "items": _object(properties, needed)}


def _put(tree: dict[str, Any], path: str, schema: dict[str, Any]) -> None:
    *parents, name = path.split(".")
    for part in parents:
        tree = tree.setdefault(part, {"type": "object", "properties": {}})["properties"]
    tree[name] = schema


def _schema(face: FieldSpec, reading: bool) -> JsonObject:
    many = {"texts": "text", "numbers": "number", "selects": "select"}.get(face.kind)
    if many:
        item = _single(FieldSpec(kind=many, options=face.options, max_length=face.max_length), reading)
        return {"type": "array", "items": item}
    if face.kind == "rows":
        return _rows({s.name: s.spec for s in face.fields}, reading)
    return _single(face, reading)


def _single(face: FieldSpec, reading: bool) -> dict[str, Any]:
    optional = not face.required
    if face.kind in {"json", "richText"}:
        return dict(ANY_JSON)
    if face.kind in {"relationship", "upload"}:
        kinds: list[dict[str, Any]] = [{"type": "integer"}]
        if reading:
            kinds.append({"type": "object"})
        return {"anyOf": [*kinds, {"type": "null"}]} if optional else {"anyOf": kinds}
    kind = {"number": "number", "checkbox": "boolean"}.get(face.kind, "string")
    schema: dict[str, Any] = {"type": [kind, "null"] if optional else kind}
    limits = {"minimum": face.minimum, "maximum": face.maximum, "maxLength": face.max_length}
    # Limits hold for input only: rows imported from an old database may exceed them.
    schema |= {name: value for name, value in limits.items() if value is not None and not reading}
    if face.options and not face.is_open and not reading:
        schema["enum"] = [*face.options, *([None] if optional else [])]
    if face.kind == "date":
        schema["format"] = "date-time"
    return schema


def _answer(schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"description": text, "content": {JSON: {"schema": schema}}}


def _refusals(*codes: int) -> JsonObject:
    return {str(code): {"$ref": "#/components/responses/Refused"} for code in codes}


def _query(*names: str) -> list[JsonObject]:
    return [{"$ref": f"#/components/parameters/{n}"} for n in names]


def _paths(of: Collection[Row]) -> dict[str, object]:
    doc, given = {"$ref": f"#/components/schemas/{_name(of)}"}, {"$ref": f"#/components/schemas/{_name(of)}Input"}
    wrapped = _object({"doc": doc, "message": {"type": "string"}})
    listed = _object({"docs": {"type": "array", "items": doc}, "totalDocs": {"type": "integer"}})
    body = {"required": False, "content": {JSON: {"schema": given}}}
    bulk = _object(
        {"docs": {"type": "array", "items": doc}, "errors": {"type": "array"}, "message": {"type": "string"}}
    )
    base = f"/api/{of.slug}"
    row = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    tags = [of.slug]
    paging = _query("where", "sort", "limit", "page", "depth")
    return {
        base: {
            "get": _operation(tags, f"List {of.plural}", paging, {"200": _answer(listed, "A page")}, 400, 403),
            "post": _operation(tags, f"Create {of.singular}", _query("depth"), {"201": _answer(wrapped, "Created")}, 400, 403, 409, 413, 429, body=body),
            "patch": _operation(tags, f"Update {of.plural}", _query("where", "limit", "sort", "depth"), {"200": _answer(bulk, "Updated")}, 400, 403, 413, body=body),
            "delete": _operation(tags, f"Delete {of.plural}", _query("where", "depth"), {"200": _answer(bulk, "Deleted")}, 400, 403),
        },
        f"{base}/count": {"get": _operation(tags, f"Count {of.plural}", _query("where"), {"200": _answer(_object({"totalDocs": {"type": "integer"}}), "A number")}, 400, 403)},
        f"{base}/{{id}}": {
            "parameters": [row],
            "get": _operation(tags, f"Get {of.singular}", _query("depth"), {"200": _answer(doc, "The document")}, 400, 403, 404),
            "patch": _operation(tags, f"Change {of.singular}", _query("depth"), {"200": _answer(wrapped, "Updated")}, 400, 403, 404, 409, 413, body=body),
            "delete": _operation(tags, f"Remove {of.singular}", _query("depth"), {"200": _answer(wrapped, "Deleted")}, 400, 403, 404, 409),
        },
    }  # fmt: skip


def _operation(
    tags: list[str],
    summary: str,
    query: list[Any],
    good: dict[str, object],
    *bad: int,
    body: dict[str, object] | None = None,
) -> dict[str, object]:
    made: dict[str, object] = {
        "tags": tags,
        "summary": summary,
        "parameters": query,
        "responses": {**good, **_refusals(*bad)},
    }
    if body is not None:
        made["requestBody"] = body
    return made
