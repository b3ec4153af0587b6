"""Numbers of thousands of digits and forms of 1,500 fields are refused on every route of the URL resolver: never a 5xx."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import orjson
import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from botcafe.api.http.dispatch import answer_directly
from tests.people import Cast, Person
from tests.suites.rows import House, furnish

HUGE, LONG = "9" * 5000, "9" * 25
CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every route of ours, with its converters."""
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        elif isinstance(each, URLPattern) and not route.startswith("^") and "(?P" not in route:
            yield route


# The pages of one collection stand for those of all on the staff site, which are made alike.
ROUTES = sorted(
    route
    for route in set(patterns(get_resolver()))
    if not route.startswith(("static", "staff/")) or route.startswith("staff/companions/bot/")
)
# They would sign the asker out, or ask a provider on the network.
NOT_ASKED = {"logout", "api/users/logout"} | {route for route in ROUTES if route.endswith(("_id>/test", "_id>/models"))}


def filled(route: str, value: str) -> str:
    return "/" + CONVERTER.sub(lambda found: value, route)


QUERY = ["limit", "page", "depth", "where[id][equals]", "where[user][in][0]", f"where[or][{HUGE}][id][equals]", "sort",
         f"select[{HUGE}]", "populate[users][id]", "at", "around", "before", "after", "key", "bot", "chat", "message"]  # fmt: skip


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> House:
    # A server closes what it finds in a transaction; here that is the test's own.
    monkeypatch.setattr("botcafe.api.http.dispatch.close_old_connections", lambda: None)
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


@pytest.mark.parametrize("value", [HUGE, LONG])
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


FIELDS = [
    "bot", "chat", "conversation", "collection", "entry", "id", "ids", "key", "leaf", "limit", "lore", "memory", "message",
    "page", "parent", "persona", "preset", "reply_to", "temperature", "turns", "user", "window_tokens", "monthly_tokens",
]  # fmt: skip
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("value", [HUGE, LONG])
def test_a_number_in_a_form_or_in_a_document(house: House, value: str) -> None:
    client = page_client(house.cast.alice)
    form, document = urlencode(dict.fromkeys(FIELDS, value)), orjson.dumps(dict.fromkeys(FIELDS, value))
    for route in ROUTES:
        if route not in NOT_ASKED:
            check(client, "POST", filled(route, "1"), form, FORM)
            # A reply takes a server that runs; its numbers are tried in a path above.
            if route.startswith(("api/", "v1/")) and not route.endswith("/turns"):
                for name in FIELDS:
                    check(client, "POST", filled(route, "1"), orjson.dumps({name: value}))
                check(client, "POST", filled(route, "1"), document)


def test_a_form_of_many_fields(house: House) -> None:
    client = page_client(house.cast.alice)
    form = urlencode({f"field{number}": "x" for number in range(1500)})
    for route in ROUTES:
        if route not in NOT_ASKED:
            check(client, "POST", filled(route, "1"), form, FORM)


@pytest.mark.parametrize("end", ["!", ".", "e", "e1!"])
def test_an_id_of_any_length_is_looked_at_once(cast: Cast, end: str) -> None:
    """A path of 30,000 digits kept the whole process from anything else for twenty seconds, and a longer one for hours."""
    assert cast.stranger.ask("GET", f"/api/bot/{'1' * 500_000}{end}")[0] == (404 if end == "." else 400)
