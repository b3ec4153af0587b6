"""Drafts and what is switched off are for admins: over every door, counted, filtered, and where a row names them."""

from typing import Any

import pytest

from tests.suites.rows import House

DRAFTS: list[tuple[str, dict[str, Any]]] = [
    ("documentation", {"is_published": False}),
    ("documentation", {"is_published": None}),
    ("tutorials", {"is_published": False}),
    ("legalDocuments", {"is_active": False}),
    ("crisisSupport", {"is_active": False}),
    ("subscriptionTiers", {"is_active": False}),
    ("tokenPackages", {"is_active": False}),
    ("creatorPrograms", {"is_active": False}),
]


@pytest.mark.parametrize(("slug", "off"), DRAFTS)
def test_what_is_not_published_is_read_by_admins_alone(house: House, slug: str, off: dict[str, Any]) -> None:
    made = house.fresh(slug, house.cast.ada)["id"]
    one = f"/api/{slug}/{made}"
    for who in (house.cast.stranger, house.cast.alice):
        assert who.ask("GET", one)[0] == 200
    assert house.cast.ada.ask("PATCH", one, off)[0] == 200
    for who in (house.cast.stranger, house.cast.alice):
        assert who.ask("GET", one)[0] == 404
        assert who.get(f"/api/{slug}/count?where[id][equals]={made}") == {"totalDocs": 0}
        assert made not in [doc["id"] for doc in who.get(f"/api/{slug}?limit=1000")["docs"]]
    assert house.cast.ada.ask("GET", one)[0] == 200


def test_one_that_was_never_said_is_on(house: House) -> None:
    made = house.fresh("crisisSupport", house.cast.ada)
    assert made["is_active"] is None
    assert house.cast.stranger.ask("GET", f"/api/crisisSupport/{made['id']}")[0] == 200


def test_a_row_that_names_it_keeps_its_number(house: House) -> None:
    agreed = house.fresh("userAgreements", house.cast.alice)
    terms = agreed["legal_document"]
    assert house.cast.ada.ask("PATCH", f"/api/legalDocuments/{terms}", {"is_active": False})[0] == 200
    assert house.cast.alice.get(f"/api/userAgreements/{agreed['id']}?depth=2")["legal_document"] == terms


def test_ones_own_sign_ins_do_not_go_along_where_somebody_is_named(house: House) -> None:
    alice = house.cast.alice
    mood = house.id("mood", alice)
    named = alice.get(f"/api/mood/{mood}?depth=2")["user"]
    assert (named["id"], named["email"]) == (alice.id, "alice@cafe.test")
    assert "sessions" not in named
    assert alice.get("/api/users/me")["user"]["sessions"]
