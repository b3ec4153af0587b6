"""The OpenAPI document: valid in shape, complete, and true when schemathesis asks what it allows and what it does not."""

import os
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from botcafe.api.direct import answer_directly
from botcafe.cms.collection import collections
from botcafe.cms.openapi import document
from tests.suites.rows import House
from tests.suites.test_schema_parity import wire_paths

load_all_checks()
DOCUMENT = document()
EXAMPLES = max(3, int(os.environ.get("BOTCAFE_FUZZ_EXAMPLES", "150")) // 50)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
METHODS = {"get", "post", "patch", "delete"}
SLUGS = sorted(of.slug for of in collections())
steady: Callable[..., Any] = settings(
    derandomize=True,
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of everything the document offers."""
    return [
        (path, method, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def meant(node: dict[str, Any]) -> Any:
    """What a reference stands for; anything else as it is."""
    found: Any = node
    if isinstance(node.get("$ref"), str):
        found = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
    return found


def test_the_document_has_the_shape_of_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["info"]["title"]
    assert DOCUMENT["info"]["version"]
    for path, item in DOCUMENT["paths"].items():
        assert path.startswith("/api/")
        assert set(item) <= METHODS | {"parameters"}
        named = {p["name"] for p in item.get("parameters", []) if p["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=lambda v: str(v)[:40])
def test_an_operation_says_what_it_takes_and_what_it_answers(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    good = [code for code in operation["responses"] if code.startswith("2")]
    bad = [code for code in operation["responses"] if code.startswith("4")]
    assert len(good) == 1
    assert {"400", "403"} <= set(bad)
    for code in bad:
        schema = meant(operation["responses"][code])["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Errors"}
    for parameter in map(meant, operation["parameters"]):
        assert parameter["in"] == "query"
        jsonschema_rs.validator_for(parameter["schema"])
    assert ("requestBody" in operation) == (method in {"post", "patch"})


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            assert meant(node) is not None
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(DOCUMENT)
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("of", collections(), ids=lambda of: of.slug)
def test_every_collection_and_field_is_in_the_document(of: Any) -> None:
    base = f"/api/{of.slug}"
    assert {base, f"{base}/count", f"{base}/{{id}}"} <= set(DOCUMENT["paths"])

    def names(schema: dict[str, Any], head: str = "") -> set[str]:
        found = set()
        for name, inner in schema.get("properties", {}).items():
            path = f"{head}{name}"
            found |= names(inner, f"{path}.") if path in of.groups else {path}
        return found

    schemas = DOCUMENT["components"]["schemas"]
    written = names(schemas[f"{of.model.__name__}Input"])
    assert wire_paths(of) <= written
    secret = {path for path, column in of.columns.items() if column.face.secret and not column.face.shown_as}
    shown = names(schemas[of.model.__name__])
    assert wire_paths(of) - secret <= shown
    assert not secret & shown


class _Undo(Exception):
    """Roll back what an example wrote."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("slug", SLUGS)
def test_the_server_does_what_its_document_says(
    house: House, monkeypatch: pytest.MonkeyPatch, slug: str, mode: GenerationMode
) -> None:
    """Whatever the document allows or forbids is answered with a status and a body that it names."""
    # A request ends by looking after old connections; this one is in the middle of the test's transaction.
    monkeypatch.setattr("botcafe.api.direct.close_old_connections", lambda: None)
    schema: Any = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = answer_directly
    headers = {"Authorization": f"JWT {house.cast.alice.token}"}
    row_id = house.id(slug, house.cast.alice)
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.split("/")[2] != slug:
            continue

        @steady
        @given(case=operation.as_strategy(generation_mode=mode), own=st.booleans())
        def ask(case: Any, own: bool) -> None:
            nonlocal asked
            if own and "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = row_id
            asked += 1
            try:
                with transaction.atomic():
                    response = case.call(headers=headers)
                    case.validate_response(response, checks=CHECKS)
                    raise _Undo
            except _Undo:
                pass

        ask()
    assert asked >= 7
