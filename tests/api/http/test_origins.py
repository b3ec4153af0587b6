"""What sets or uses a cookie is not done for a page of another site."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.people import PASSWORD, Cast, Person

NOBODY = Person("nobody")
FOREIGN = [{"HTTP_ORIGIN": "https://evil.test"}, {"HTTP_ORIGIN": "null"}, {"HTTP_SEC_FETCH_SITE": "cross-site"}]
OWN: list[dict[str, str]] = [
    {},
    {"HTTP_ORIGIN": "http://testserver"},
    {"HTTP_ORIGIN": "https://testserver"},
    {"HTTP_ORIGIN": "https://cafe.example"},
    {"HTTP_SEC_FETCH_SITE": "same-origin"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_site_signs_nobody_in(cast: Cast, headers: dict[str, str]) -> None:
    mine = {"email": "alice@cafe.test", "password": PASSWORD}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/api/users/login", mine),
        ("/api/users/first-register", mine),
        ("/api/account/register", {"email": "eve@cafe.test", "password": PASSWORD}),
        ("/api/users", {"email": "eve@cafe.test", "password": PASSWORD}),
    ]
    for path, body in asked:
        client = Client()
        response = client.post(path, body, content_type="application/json", **headers)
        assert response.status_code == 403, path
        assert not response.cookies
    for path in ("/api/users/refresh-token", "/api/users/logout"):
        assert cast.alice.ask("POST", path, {}, **headers)[0] == 403
    assert cast.ada.get("/api/users/count")["totalDocs"] == 4
    assert cast.alice.ask("GET", "/api/users/me")[1]["user"]["id"] == cast.alice.id


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_site_does_not_run_an_empty_cafe(db: None, headers: dict[str, str]) -> None:
    data = {"email": "eve@cafe.test", "password": PASSWORD}
    for path in ("/api/users", "/api/users/first-register", "/api/account/register"):
        assert NOBODY.ask("POST", path, data, **headers)[0] == 403
    assert NOBODY.get("/api/users/init") == {"initialized": False}


@pytest.mark.parametrize("headers", OWN)
def test_our_own_pages_and_programs_sign_in(cast: Cast, settings: Settings, headers: dict[str, str]) -> None:
    settings.PUBLIC_URL = "https://cafe.example"
    assert (
        NOBODY.ask("POST", "/api/users/login", {"email": "alice@cafe.test", "password": PASSWORD}, **headers)[0] == 200
    )


def test_a_host_that_is_none_breaks_nothing(cast: Cast) -> None:
    headers = {"HTTP_HOST": "bad host/..", "HTTP_ORIGIN": "https://evil.test"}
    client = Client(raise_request_exception=False)
    client.cookies["payload-token"] = cast.alice.token
    response = client.post("/api/mood", {"mood": "happy"}, content_type="application/json", **headers)
    assert response.status_code in {400, 403}
    assert cast.alice.get("/api/mood/count")["totalDocs"] == 0


def test_new_accounts_are_counted_over_rest_as_on_the_page(cast: Cast, settings: Settings) -> None:
    settings.RATE_LIMITS = True
    address = {"REMOTE_ADDR": "192.0.2.99"}
    made = [
        NOBODY.ask("POST", "/api/users", {"email": f"g{i}@cafe.test", "password": PASSWORD}, **address)[0]
        for i in range(12)
    ]
    assert made == [201] * 10 + [429] * 2
    assert cast.ada.get("/api/users/count")["totalDocs"] == 14
    assert cast.ada.ask("POST", "/api/users", {"email": "h@cafe.test", "password": PASSWORD}, **address)[0] == 201
