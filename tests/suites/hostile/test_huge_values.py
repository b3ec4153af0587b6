"""Numbers of thousands of digits, and forms of more fields than anybody sends, are refused on every route: never a 5xx.

The routes are those of the URL resolver; the fields are those of the OpenAPI document and of the pages' own forms.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from botcafe.api.http.dispatch import answer_directly
from tests.people import Cast, Person
from tests.suites.rows import House, furnish

HUGE, LONG = "9" * 5000, "9" * 25
DOCUMENT: dict[str, Any] = orjson.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_bytes())
CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")
FORM_FIELD = re.compile(r'<(?:input|select|textarea)[^>]* name="([^"]+)"')
MANY_FIELDS = "&".join(f"f{i}=1" for i in range(1500))


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every route of ours, with its converters."""
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        elif isinstance(each, URLPattern) and not route.startswith("^") and "(?P" not in route:
            yield route


ROUTES = sorted({route for route in patterns(get_resolver()) if not route.startswith("static")})
# They would sign the asker out, or ask a provider on the network.
NOT_ASKED = {"logout", "api/users/logout"} | {route for route in ROUTES if route.endswith(("_id>/test", "_id>/models"))}


def filled(route: str, value: str) -> str:
    return "/" + CONVERTER.sub(lambda found: value, route)


def field_names(node: Any) -> set[str]:
    """The names of all fields that a document of schemas describes."""
    inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    own = node.get("properties") if isinstance(node, dict) else None
    return set(own if isinstance(own, dict) else ()).union(*(field_names(each) for each in inner))


FIELDS = sorted(field_names(DOCUMENT))
QUERY = ["limit", "page", "depth", "where[id][equals]", "where[user][in][0]", f"where[or][{HUGE}][id][equals]", "sort",
         f"select[{HUGE}]", "populate[users][id]", "at", "around", "before", "after", "key", "bot", "chat", "message"]  # fmt: skip


@pytest.fixture
def house(cast: Cast) -> House:
    return furnish(cast)


def page_client(person: Person) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["payload-token"] = person.token
    return client


def check(client: Client, method: str, path: str, body: bytes | str = b"", kind: str = "application/json") -> int:
    """The status of a request, by the server's own ways: the API is answered without Django's middleware."""
    if path.startswith(("/api", "/v1")):
        status = answered(client, method, path, body, kind)
    else:
        status = client.generic(method, path, body, content_type=kind).status_code
    assert status < 500, f"{method} {path[:90]} {body[:60]!r}: {status}"
    return status


def answered(client: Client, method: str, path: str, body: bytes | str, kind: str) -> int:
    statuses: list[int] = []
    request = RequestFactory().generic(method, path, body, content_type=kind)
    # Django has decoded the path already; a server gives its bytes (PEP 3333).
    path_info = request.path_info.encode().decode("latin-1")
    environ = {
        **request.environ,
        "PATH_INFO": path_info,
        "HTTP_COOKIE": f"payload-token={client.cookies['payload-token'].value}",
    }
    for _ in answer_directly(environ, lambda status, headers: statuses.append(int(status[:3]))):
        pass
    return statuses[0]


@pytest.mark.parametrize("value", [HUGE, LONG, "9" * 19, "٣" * 30])
def test_a_number_in_the_path(house: House, value: str) -> None:
    client = page_client(house.cast.ada)
    for route in ROUTES:
        if "<" in route and route not in NOT_ASKED:
            for method in ("GET", "POST", "PATCH", "DELETE"):
                check(client, method, filled(route, value), b"{}" if method in {"POST", "PATCH"} else b"")
    for slug in ("bot", "users", "media", "conversation"):
        for method in ("GET", "PATCH", "DELETE"):
            assert 400 <= check(client, method, f"/api/{slug}/{value}") < 500


@pytest.mark.parametrize("value", [HUGE, LONG])
def test_a_number_in_the_query(house: House, value: str) -> None:
    client = page_client(house.cast.alice)
    query = "&".join(f"{name}={value}" for name in QUERY)
    for route in ROUTES:
        if route not in NOT_ASKED:
            check(client, "GET", f"{filled(route, '1')}?{query}")
    for slug in ("bot", "conversation", "message", "knowledge"):
        for name in QUERY:
            check(client, "GET", f"/api/{slug}?{name}={value}")
            check(client, "DELETE", f"/api/{slug}?{name}={value}&where[id][equals]=0")


@pytest.mark.parametrize("value", [f'"{HUGE}"', f'"{LONG}"', HUGE, LONG, "1" + "0" * 30, "1e999"])
def test_a_number_in_json(house: House, value: str) -> None:
    """Each route with all fields that any route has: one after another where they are refused together."""
    client, alice = page_client(house.cast.alice), house.cast.alice
    everything = "{" + ",".join(f'"{name}": {value}' for name in FIELDS) + "}"
    for route in ROUTES:
        if route.startswith(("api/", "v1/")) and route not in NOT_ASKED:
            slug = route.split("/")[1]
            known = str(house.id(slug, alice)) if ("<" in route and (slug, "alice") in house.kept) else "1"
            for method in ("POST", "PATCH"):
                check(client, method, filled(route, known), everything)
    for (slug, who), row in list(house.kept.items()):
        if who == "alice":
            check(client, "POST", f"/api/{slug}", everything)
            for name in row:
                check(client, "PATCH", f"/api/{slug}/{row['id']}", f'{{"{name}": {value}}}')


def test_a_number_in_every_form_of_a_page(house: House) -> None:
    client, alice = page_client(house.cast.alice), house.cast.alice
    rows = {slug: row["id"] for (slug, who), row in house.kept.items() if who == "alice"}
    ids = {"bots": "bot", "chats": "conversation", "lore": "knowledgeCollections", "memories": "memory",
           "personas": "personas", "presets": "samplerPresets", "keys": "api-key"}  # fmt: skip
    names: set[str] = set()
    pages = [route for route in ROUTES if not route.startswith(("api", "v1", "staff")) and route not in NOT_ASKED]
    for route in pages:
        known = str(rows.get(ids.get(route.split("/")[0], ""), 1))
        answer = client.get(filled(route, known))
        if answer.status_code == 200 and not answer.streaming:
            names |= set(FORM_FIELD.findall(answer.content.decode("utf8", "replace")))
    assert len(names) > 60
    for value in (HUGE, LONG):
        body = "&".join(f"{name}={value}" for name in sorted(names))
        for route in pages:
            known = str(rows.get(ids.get(route.split("/")[0], ""), 1))
            check(client, "POST", filled(route, known), body, "application/x-www-form-urlencoded")
    assert alice.ask("GET", "/api/users/me")[0] == 200


def test_more_fields_than_a_form_has(house: House) -> None:
    client = page_client(house.cast.ada)
    parts = (
        "".join(f'--x\r\nContent-Disposition: form-data; name="f{i}"\r\n\r\n1\r\n' for i in range(1500)) + "--x--\r\n"
    )
    for route in ROUTES:
        if route in NOT_ASKED:
            continue
        path = filled(route, "1")
        check(client, "POST", path, MANY_FIELDS, "application/x-www-form-urlencoded")
        check(client, "POST", path, parts, "multipart/form-data; boundary=x")
        check(client, "PATCH", path, parts, "multipart/form-data; boundary=x")
        check(client, "GET", f"{path}?{MANY_FIELDS}")
