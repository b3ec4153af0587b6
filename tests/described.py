"""Whether answers are as the OpenAPI document says: asked of every answer that a test gets from a route beside the collections."""

import re
from functools import lru_cache
from typing import Any

import jsonschema_rs

NAME = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1)
def spec() -> dict[str, Any]:
    """The document."""
    from botcafe.api.openapi import document

    return document()


@lru_cache(maxsize=1)
def _routes() -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
    from botcafe.api.openapi import TAGS

    paths = {route.path for routes in TAGS.values() for route in routes}
    return [(re.compile(f"{NAME.sub(_pattern, path)}$"), path, spec()["paths"][path]) for path in sorted(paths)]


def _pattern(name: re.Match[str]) -> str:
    return r"\d{1,18}" if name[1] == "id" else "[^/]+"


@lru_cache(maxsize=2000)
def _validator(path: str, method: str, status: str) -> Any:
    """What the JSON of an answer must be; None where it is no JSON."""
    answer = spec()["paths"][path][method]["responses"][status]
    if "$ref" in answer:
        answer = spec()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    schema = answer["content"].get("application/json", {}).get("schema")
    if schema is None or schema.get("format") == "binary":
        return None
    return jsonschema_rs.Draft202012Validator({**schema, "components": spec()["components"]})


def as_described(method: str, path: str, status: int, answer: Any) -> None:
    """Raises AssertionError where the document does not know such an answer."""
    bare = path.partition("?")[0]
    found = next(((template, item) for pattern, template, item in _routes() if pattern.match(bare)), None)
    if found is None or status >= 500 or method.lower() not in found[1]:
        return
    template, item = found
    assert str(status) in item[method.lower()]["responses"], (
        f"{method} {template} answered {status}: {str(answer)[:300]}"
    )
    validator = _validator(template, method.lower(), str(status))
    if validator is not None and isinstance(answer, dict | list):
        problem = next(iter(validator.iter_errors(answer)), None)
        assert problem is None, f"{method} {template} answered {status} with {str(answer)[:600]}: {problem}"
