"""Known minors: the year that they declare, and the rated bots that are closed to them on every door."""

from typing import Any

import pytest
from django.test import Client

from botcafe.kit.instants import now
from tests.people import Cast, bot_data

YEAR = int(now()[:4])
RATED = ("mature", "adult")


def declare(person: Any, year: object, who: Any = None) -> tuple[int, Any]:
    """Change somebody's year of birth."""
    answer: tuple[int, Any] = (who or person).ask("PATCH", f"/api/users/{person.id}", {"birth_year": year})
    return answer


@pytest.mark.parametrize("year", [YEAR + 1, YEAR - 121, 0, -1, 1999.5])
def test_a_year_that_cannot_be_is_refused(cast: Cast, year: float) -> None:
    status, answer = declare(cast.bob, year)
    assert status == 400
    assert "four digits" in str(answer)
    assert cast.bob.get("/api/users/me")["user"]["birth_year"] is None


def test_a_known_minor_cannot_grow_older_alone(cast: Cast) -> None:
    assert declare(cast.bob, YEAR - 14)[0] == 200
    for year in (YEAR - 30, YEAR - 15, None):
        assert declare(cast.bob, year)[0] == 403
    assert cast.bob.get("/api/users/me")["user"]["birth_year"] == YEAR - 14
    assert declare(cast.bob, YEAR - 13)[0] == 200
    assert declare(cast.bob, YEAR - 30, cast.ada)[0] == 200
    assert declare(cast.bob, YEAR - 31)[0] == 200


def test_region_and_year_are_nobody_elses(cast: Cast) -> None:
    assert cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", {"region": "us-ca", "birth_year": 1990})[0] == 200
    assert cast.bob.get("/api/users/me")["user"]["region"] == "US-CA"
    assert cast.charlie.ask("GET", f"/api/users/{cast.bob.id}")[0] in {403, 404}
    found = cast.charlie.get("/api/users?where[birth_year][equals]=1990&depth=0")
    assert found["docs"] == []


@pytest.mark.parametrize("region", ["Bavaria", "D", "US-CALI", "12"])
def test_a_region_that_is_none_is_refused(cast: Cast, region: str) -> None:
    assert cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", {"region": region})[0] == 400
    assert cast.bob.get("/api/users/me")["user"]["region"] is None


@pytest.mark.parametrize("rating", RATED)
def test_rated_bots_are_closed_to_minors_on_every_door(cast: Cast, rating: str) -> None:
    made = cast.alice.make("bot", bot_data("velvet", name="Velvet", is_public=True, rating=rating))
    own = cast.bob.make("bot", bot_data("own", name="Own", rating=rating))
    doors = (f"/api/bot/{made['id']}", f"/api/bot/{own['id']}")
    assert all(cast.bob.ask("GET", path)[0] == 200 for path in doors)
    assert declare(cast.bob, YEAR - 15)[0] == 200
    assert all(cast.bob.ask("GET", path)[0] in {403, 404} for path in doors)
    assert cast.bob.get("/api/bot?depth=0&limit=100")["docs"] == []
    assert cast.bob.get("/api/bot?depth=0&where[slug][equals]=velvet")["docs"] == []
    assert cast.bob.ask("POST", "/api/account/chats", {"bot": "velvet"})[0] == 404
    page = Client(raise_request_exception=False)
    page.cookies["payload-token"] = cast.bob.token
    assert page.get("/bots/velvet").status_code == 404
    paths = ("/", "/explore", "/search?q=velvet", "/bots/mine")
    assert [path for path in paths if 'href="/bots/velvet"' in page.get(path).content.decode()] == []
    token = cast.bob.ask("POST", "/api/account/tokens", {"name": "script"})[1]["token"]
    models = cast.stranger.ask("GET", "/v1/models", HTTP_AUTHORIZATION=f"Bearer {token}")[1]
    assert models["data"] == []
    assert cast.stranger.ask("GET", "/v1/models/velvet", HTTP_AUTHORIZATION=f"Bearer {token}")[0] == 404
    # Others, and those who are rated for everybody, are as before.
    assert cast.charlie.ask("GET", f"/api/bot/{made['id']}")[0] == 200
    calm = cast.alice.make("bot", bot_data("calm", is_public=True, rating="teen"))
    assert cast.bob.ask("GET", f"/api/bot/{calm['id']}")[0] == 200


def test_a_chat_from_before_gets_no_further_reply(cast: Cast) -> None:
    made = cast.alice.make("bot", bot_data("velvet", is_public=True, rating="adult"))
    part = [{"bot_id": made["id"], "role": "primary", "is_active": True}]
    chat = cast.bob.make("conversation", {"bot_participation": part})["id"]
    assert declare(cast.bob, YEAR - 15)[0] == 200
    status, answer = cast.bob.ask("POST", f"/api/conversation/{chat}/turns", {"entry": "Hello"})
    assert status == 403, answer
    assert cast.bob.get("/api/message?depth=0")["docs"] == []
