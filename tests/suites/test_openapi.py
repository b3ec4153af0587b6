"""The OpenAPI document: valid in shape, complete, and true when schemathesis asks what it allows and what it does not.

That answers are as the document says is asked besides of every answer of every test (``tests/described.py``).
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from botcafe.api.http.dispatch import answer_directly
from botcafe.api.openapi import TAGS, document
from botcafe.api.urls import urlpatterns as API
from botcafe.cms.schema.collection import all_collections
from tests.described import as_described
from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.suites.rows import House, changed, everything
from tests.suites.test_schema_parity import wire_paths

load_all_checks()
DOCUMENT = document()
EXAMPLES = max(3, int(os.environ.get("BOTCAFE_FUZZ_EXAMPLES", "150")) // 50)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
METHODS = {"get", "post", "patch", "delete"}
SLUGS = sorted(of.slug for of in all_collections())
steady: Callable[..., Any] = settings(
    derandomize=True,
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def operations(*, of_collections: bool) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of everything the document offers of the collections, or beside them."""
    return [
        (path, method, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS and (operation["tags"][0] in SLUGS) is of_collections
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
        assert path.startswith(("/api/", "/v1/"))
        assert set(item) <= METHODS | {"parameters"}
        named = {p["name"] for p in item.get("parameters", []) if p["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}


@pytest.mark.parametrize(("path", "method", "operation"), operations(of_collections=True), ids=lambda v: str(v)[:40])
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


def shape_of(path: str) -> str:
    """A path with its places left open, whatever they are called."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "*", path.strip("/"))


STREAMS = {"api/generations/*/events", "api/account/events", "v1/chat/completions"}  # the server itself speaks them
BARE = {"api", "api/*"}  # the address alone, and the collections


def test_every_route_beside_the_collections_is_described_and_nothing_else() -> None:
    served = {shape_of(str(route.pattern)) for route in API if "(?" not in str(route.pattern)} | STREAMS
    described = {shape_of(path) for path, _, _ in operations(of_collections=False)}
    assert sorted(served - BARE) == sorted(described)


@pytest.mark.parametrize(("path", "method", "operation"), operations(of_collections=False), ids=lambda v: str(v)[:60])
def test_a_route_is_served_by_the_methods_that_are_described_and_by_no_other(
    cast: Cast, path: str, method: str, operation: dict[str, Any]
) -> None:
    """A stranger is told that it is there, or what is wrong; for any other method that there is no such route."""
    if shape_of(path) in STREAMS:
        return
    asked = path.replace("{id}", "1").replace("{name}", "none.png")
    status, answer = cast.alice.ask(method.upper(), asked, None if method in {"get", "delete"} else {})
    assert "Route not found" not in str(answer) or "clerk" in path, "it opens with a secret of the installation"
    as_described(method.upper(), asked, status, answer)
    offered = {m for p, m, _ in operations(of_collections=False) if p == path}
    for other in sorted(METHODS - offered):
        status, answer = cast.alice.ask(other.upper(), asked, None if other in {"get", "delete"} else {})
        assert status in {401, 403, 404, 405}, (other, path, status, answer)


@pytest.mark.parametrize("number", ["1" + "0" * 18, str(2**63), "62701423405249626112", "9" * 40, "9" * 5000])
def test_an_id_that_no_database_holds_is_missing(cast: Cast, number: str) -> None:
    with_ids = [(path, method) for path, method, _ in operations(of_collections=False) if "{id}" in path]
    before = everything()
    for path, method in with_ids:
        status, _ = cast.alice.ask(method.upper(), path.replace("{id}", number), {} if method == "post" else None)
        assert status in {400, 404}, path
    assert signed_in(cast.alice).get(f"/chats/{number}").status_code == 404
    assert changed(before) == {}


@pytest.mark.parametrize(("path", "method", "operation"), operations(of_collections=False), ids=lambda v: str(v)[:60])
def test_a_route_says_what_it_takes_and_what_it_answers(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert ("requestBody" in operation) == (method == "post")
    assert any(code.startswith("2") for code in operation["responses"])
    assert any(code.startswith("4") for code in operation["responses"])
    for parameter in operation["parameters"]:
        jsonschema_rs.validator_for(parameter["schema"])


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


@pytest.mark.parametrize("of", all_collections(), ids=lambda of: of.slug)
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
    secret = {path for path, column in of.columns.items() if column.spec.secret and not column.spec.shown_as}
    shown = names(schemas[of.model.__name__])
    assert wire_paths(of) - secret <= shown
    assert not secret & shown


class _Undo(Exception):
    """Roll back what an example wrote."""


OWN = {"conversation", "generations", "knowledgeCollections", "knowledge", "memory", "bot"}  # whose rows are asked for
QUIET = STREAMS | {"api/search/wait", "api/users/logout", "api/api-key/*/models"}  # long, the end of it, another's word


def ask_all(operation: Any, mode: GenerationMode, own_id: int, token: str) -> int:
    """Send many requests to an operation, undo each, and check each answer; how many there were."""
    asked = 0

    @steady
    @given(case=operation.as_strategy(generation_mode=mode), own=st.booleans())
    def ask(case: Any, own: bool) -> None:
        nonlocal asked
        if own and own_id and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = own_id
        asked += 1
        try:
            with transaction.atomic():
                response = case.call(headers={"Authorization": f"JWT {token}"})
                case.validate_response(response, checks=CHECKS)
                raise _Undo
        except _Undo:
            pass

    with suppress(Unsatisfiable):  # nothing can be wrong with what takes nothing
        ask()
    return asked


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document, its operations answered in this process."""
    # A request ends by looking after old connections; this one is in the middle of the test's transaction.
    monkeypatch.setattr("botcafe.api.http.dispatch.close_old_connections", lambda: None)
    monkeypatch.setattr(
        "botcafe.chat.generation.service.SERVICE.start_replies", lambda *given: None
    )  # nobody writes replies in this process
    schema: Any = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = answer_directly
    return schema


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("tag", sorted(set(TAGS) - {"openai"}))
def test_the_routes_do_what_their_descriptions_say(house: House, served: Any, tag: str, mode: GenerationMode) -> None:
    """Whatever comes, the answer has a status and a body that are named; nothing breaks."""
    asked = 0
    for operation in (found.ok() for found in served.get_all_operations()):
        path = operation.path
        if operation.definition.raw["tags"] == [tag] and shape_of(path) not in QUIET:
            slug = path.split("/")[2]
            own_id = house.id(slug, house.cast.alice) if slug in OWN else 0
            asked += ask_all(operation, mode, own_id, house.cast.alice.token)
    assert asked >= 7


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("slug", SLUGS)
def test_the_server_does_what_its_document_says(house: House, served: Any, slug: str, mode: GenerationMode) -> None:
    """Whatever the document allows or forbids is answered with a status and a body that it names."""
    row_id = house.id(slug, house.cast.alice)
    asked = 0
    for operation in (found.ok() for found in served.get_all_operations()):
        if operation.definition.raw["tags"] == [slug]:
            asked += ask_all(operation, mode, row_id, house.cast.alice.token)
    assert asked >= 7
