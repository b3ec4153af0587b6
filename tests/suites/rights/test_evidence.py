"""Evidence is written by the server, or by the party that may: payments, gifts, tickets, agreements, counters, names."""

from typing import Any

import pytest

from tests.people import bot_data
from tests.suites.refusals import refused
from tests.suites.rows import House, changed, everything

FORGED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # Collection, what its owner claims, and what stands there instead.
    ("subscriptionPayments", {"status": "completed"}, {"status": "pending"}),
    ("tokenGifts", {"status": "accepted"}, {"status": "pending"}),
    (
        "supportTickets",
        {"status": "resolved", "resolution_notes": "paid back", "resolved_date": "2026-01-01T00:00:00.000Z"},
        {"status": "open", "resolution_notes": None, "resolved_date": None},
    ),
    (
        "userAgreements",
        {"ip_address": "10.0.0.1", "user_agent": "x"},
        {"ip_address": "127.0.0.1", "user_agent": None},
    ),
    ("memory", {"origin": {"off": "branch"}, "source_messages": [1]}, {"origin": None, "source_messages": None}),
]


@pytest.mark.parametrize(("slug", "claimed", "kept"), FORGED)
def test_what_an_owner_claims_is_not_written(
    house: House, slug: str, claimed: dict[str, Any], kept: dict[str, Any]
) -> None:
    doc = house.fresh(slug, house.cast.alice, **claimed)
    assert {name: doc[name] for name in kept} == kept
    status, answer = house.cast.alice.ask("PATCH", f"/api/{slug}/{doc['id']}?depth=0", claimed)
    assert status in {200, 403}
    after = house.cast.alice.get(f"/api/{slug}/{doc['id']}?depth=0")
    assert {name: after[name] for name in kept} == kept, answer


def test_a_ticket_names_staff_by_staff_alone(house: House) -> None:
    ada, alice = house.cast.ada, house.cast.alice
    ticket = house.fresh("supportTickets", alice, assigned_to=ada.id)
    assert ticket["assigned_to"] is None
    answer = {"assigned_to": ada.id, "status": "resolved", "resolution_notes": "done"}
    assert ada.ask("PATCH", f"/api/supportTickets/{ticket['id']}", answer)[0] == 200
    shown = alice.get(f"/api/supportTickets/{ticket['id']}?depth=0")
    assert {name: shown[name] for name in answer} == answer


def test_an_agreement_has_the_time_of_the_server_and_stays(house: House) -> None:
    made = house.fresh("userAgreements", house.cast.alice, agreed_at="1999-01-01T00:00:00.000Z")
    assert made["agreed_at"][:4] != "1999"
    for method, data in (("PATCH", {"agreed_at": "1999-01-01T00:00:00.000Z"}), ("DELETE", None)):
        refused(house.cast.alice, method, f"/api/userAgreements/{made['id']}", data, status=403)


def test_a_tenant_is_the_owner_of_the_record(house: House) -> None:
    made = house.fresh("vectorRecords", house.cast.alice, tenant_id="1")
    assert made["tenant_id"] == str(house.cast.alice.id)
    house.cast.alice.ask("PATCH", f"/api/vectorRecords/{made['id']}", {"tenant_id": "1"})
    assert house.cast.alice.get(f"/api/vectorRecords/{made['id']}")["tenant_id"] == str(house.cast.alice.id)


def test_a_record_that_names_a_strangers_entry_touches_no_index_of_theirs(house: House) -> None:
    entry = house.fresh("knowledge", house.cast.alice, entry="the cellar has a cinnamon barrel")["id"]
    forged = {"source_id": str(entry), "metadata": {"space": 1}}
    record = house.fresh("vectorRecords", house.cast.charlie, **forged)["id"]
    before = everything()
    assert house.cast.charlie.ask("DELETE", f"/api/vectorRecords/{record}")[0] == 200
    assert set(changed(before)) == {"knowledge_vectorrecord"}


def test_days_are_counted_by_the_server(house: House) -> None:
    day = house.fresh("usageAnalytics", house.cast.alice)["id"]
    refused(house.cast.alice, "PATCH", f"/api/usageAnalytics/{day}", {"total_messages": 0}, status=403)


def test_a_gift_is_of_something_and_to_somebody_else(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    for amount in (-500, 0):
        refused(alice, "POST", "/api/tokenGifts", {"to_user": bob.id, "token_amount": amount}, says="token_amount")
    refused(alice, "POST", "/api/tokenGifts", {"to_user": alice.id, "token_amount": 5}, says="somebody else")


def test_a_gift_is_answered_once_by_its_recipient(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    gift = house.fresh("tokenGifts", alice)["id"]
    path = f"/api/tokenGifts/{gift}"
    for claimed in ({"status": "accepted"}, {"token_amount": 9000}, {"to_user": house.cast.charlie.id}):
        alice.ask("PATCH", path, claimed)
        shown = alice.get(f"{path}?depth=0")
        assert (shown["status"], shown["token_amount"], shown["to_user"]) == ("pending", 5, bob.id)
    bob.ask("PATCH", path, {"status": "accepted", "token_amount": 9000})
    shown = bob.get(f"{path}?depth=0")
    assert (shown["status"], shown["token_amount"]) == ("accepted", 5)
    bob.ask("PATCH", path, {"status": "pending"})
    assert bob.get(f"{path}?depth=0")["status"] == "accepted"
    refused(alice, "DELETE", path, status=409)


@pytest.mark.parametrize("name", ["BotCafé", "botcafe", "B o t - C A F É", "BotCafé staff"])
def test_nobody_goes_by_the_name_of_the_cafe(house: House, name: str) -> None:
    alice = house.cast.alice
    refused(alice, "POST", "/api/bot", bot_data("forged", creator_display_name=name), says="creator_display_name")
    refused(alice, "POST", "/api/creatorProfiles", {"display_name": name}, says="display_name")
    bot = house.id("bot", alice)
    refused(alice, "PATCH", f"/api/bot/{bot}", {"creator_display_name": name}, says="creator_display_name")


@pytest.mark.parametrize("link", ["javascript:alert(1)", " java\nscript:alert(1)", "http://x.test", "data:text/html,x"])
def test_a_social_link_is_a_name_or_a_secure_address(house: House, link: str) -> None:
    alice = house.cast.alice
    for links in ({"site": link}, [link], {"all": [{"deep": link}]}):
        refused(alice, "POST", "/api/creatorProfiles", {"display_name": "A", "social_links": links}, says="https://")
    fine = {"site": "https://x.test/a", "x": "@alice"}
    assert house.fresh("creatorProfiles", alice, social_links=fine)["social_links"] == fine


def test_limits_of_ones_own_are_one_row_and_not_negative(house: House) -> None:
    alice = house.cast.alice
    own = house.id("selfModeration", alice)
    refused(alice, "POST", "/api/selfModeration", {"daily_time_limit_minutes": 5}, says="already")
    for name in ("daily_time_limit_minutes", "weekly_message_limit"):
        refused(alice, "PATCH", f"/api/selfModeration/{own}", {name: -1}, says=name)
