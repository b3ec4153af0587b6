"""Owners are stamped, counters are kept by the server, and a bulk write reaches one's own rows only."""

from typing import Any

import pytest

from botcafe.cms.schema.collection import Collection, all_collections, get_collection
from tests.suites.attempts import stored
from tests.suites.rows import RECIPES, House, changed, everything, post


def owned() -> list[Collection[Any]]:
    """The collections whose rows have an owner that the server writes."""
    return [of for of in all_collections() if of.create.stamps]


OWNERS = {
    "media": "user",
    "bot": "user",
    "botInteractions": "user",
    "conversation": "user",
    "message": "user",
    "personas": "user",
    "samplerPresets": "user",
    "savedPrompts": "user",
    "mood": "user",
    "knowledge": "user",
    "knowledgeCollections": "user",
    "memory": "user",
    "vectorRecords": "user_id",
    "api-key": "user",
    "tokenGifts": "from_user",
    "subscriptionPayments": "user",
    "creatorProfiles": "user",
    "accessControl": "owner_user",
    "selfModeration": "user",
    "usageAnalytics": "user",
    "memoryInsights": "user",
    "personaAnalytics": "user",
    "userAgreements": "user",
    "supportTickets": "user",
    "supportMessages": "user",
}


def test_every_collection_that_people_write_has_its_owner_here() -> None:
    assert {of.slug for of in owned()} == set(OWNERS)


@pytest.mark.parametrize("slug", OWNERS)
@pytest.mark.parametrize("given", ["alice", "ada", "nobody", "word", "null"])
def test_a_clients_owner_is_ignored_on_create(house: House, slug: str, given: str) -> None:
    cast = house.cast
    values = {"alice": cast.alice.id, "ada": cast.ada.id, "nobody": 987654321, "word": "me", "null": None}
    body = {**RECIPES[slug].body(house, cast.charlie), OWNERS[slug]: values[given]}
    status, answer = post(cast.charlie, slug, body)
    assert status == 201, answer
    assert answer["doc"][OWNERS[slug]] == cast.charlie.id


# Evidence: begun by its owner, and not changed by them, or not deleted either.
CHANGED = [
    slug
    for slug in OWNERS
    if slug not in {"subscriptionPayments", "userAgreements", "usageAnalytics", "supportMessages"}
]
DELETED = [slug for slug in OWNERS if slug not in {"subscriptionPayments", "userAgreements", "supportMessages"}]


@pytest.mark.parametrize("slug", CHANGED)
@pytest.mark.parametrize("how", ["PATCH", "PATCH many"])
def test_an_owner_does_not_change_by_patch(house: House, slug: str, how: str) -> None:
    alice, row_id = house.cast.alice, house.id(slug, house.cast.alice)
    field = OWNERS[slug]
    attribute = field if field.endswith("_id") else f"{field}_id"
    path = f"/api/{slug}/{row_id}" if how == "PATCH" else f"/api/{slug}?where[id][equals]={row_id}"
    for value in (house.cast.charlie.id, house.cast.ada.id, None, "x"):
        status, answer = alice.ask("PATCH", path, {field: value, **RECIPES[slug].change})
        assert status == 200, answer
        row = stored(slug, row_id)
        assert row is not None
        assert row[attribute] == alice.id


@pytest.mark.parametrize("slug", ["bot", "media", "personas", "supportTickets", "tokenGifts"])
def test_an_admin_may_hand_a_row_over(house: House, slug: str) -> None:
    row_id = house.id(slug, house.cast.alice)
    status, answer = house.cast.ada.ask("PATCH", f"/api/{slug}/{row_id}?depth=0", {OWNERS[slug]: house.cast.bob.id})
    assert (status, answer["doc"][OWNERS[slug]]) == (200, house.cast.bob.id)


@pytest.mark.parametrize("slug", OWNERS)
def test_a_clients_id_is_ignored(house: House, slug: str) -> None:
    hers = house.id(slug, house.cast.alice)
    row = stored(slug, hers)
    status, answer = post(
        house.cast.charlie, slug, {**RECIPES[slug].body(house, house.cast.charlie), "id": hers, "pk": hers}
    )
    assert status == 201, answer
    assert answer["doc"]["id"] != hers
    assert stored(slug, hers) == row


@pytest.mark.parametrize("slug", CHANGED)
@pytest.mark.parametrize("where", ["where[id][exists]=true", "where[or][0][id][exists]=true", "where[id][not_in]=0"])
def test_a_bulk_update_reaches_only_ones_own(house: House, slug: str, where: str) -> None:
    charlie, own = house.cast.charlie, house.id(slug, house.cast.charlie)
    house.fresh(slug, house.cast.bob)
    theirs = {i: stored(slug, i) for i in ids(slug) if i != own}
    status, answer = charlie.ask("PATCH", f"/api/{slug}?{where}&depth=0", RECIPES[slug].change)
    assert status == 200, answer
    assert own in {doc["id"] for doc in answer["docs"]}
    assert {i: stored(slug, i) for i in theirs if not mine(slug, i, charlie.id)} == {
        i: row for i, row in theirs.items() if not mine(slug, i, charlie.id)
    }


@pytest.mark.parametrize("slug", DELETED)
def test_a_bulk_delete_reaches_only_ones_own(house: House, slug: str) -> None:
    charlie = house.cast.charlie
    own = house.fresh(slug, charlie)["id"]
    house.fresh(slug, house.cast.bob)
    others = {i for i in ids(slug) if not mine(slug, i, charlie.id)}
    status, answer = charlie.ask("DELETE", f"/api/{slug}?where[id][exists]=true&depth=0")
    assert status in {200, 400}, answer
    assert status == 200 or {e["message"].partition(" is still")[0] for e in answer["errors"]}
    assert stored(slug, own) is None
    assert {i for i in ids(slug) if not mine(slug, i, charlie.id)} == others


def ids(slug: str) -> list[int]:
    """All ids of a collection."""
    return list(get_collection(slug).model.objects.values_list("pk", flat=True))


def mine(slug: str, row_id: int, person: int) -> bool:
    """Whether a row belongs to a person."""
    row = stored(slug, row_id) or {}
    field = OWNERS[slug]
    return bool(row.get(field if field.endswith("_id") else f"{field}_id") == person)


COUNTERS = [
    ("bot", "likes_count", 0),
    ("bot", "favorites_count", 0),
    ("personas", "usage_count", None),
    ("creatorProfiles", "total_bots_created", None),
    ("creatorProfiles", "total_likes_received", None),
    ("creatorProfiles", "profile_views", None),
    ("creatorProfiles", "is_verified", None),
    ("users", "role", "user"),
    ("users", "is_deactivated", False),
]


@pytest.mark.parametrize(("slug", "field", "start"), COUNTERS)
def test_a_counter_or_badge_is_nobodys_to_set_but_an_admins(house: House, slug: str, field: str, start: Any) -> None:
    values = {"is_verified": True, "is_deactivated": True, "role": "admin"}
    wanted = values.get(field, 9000)
    alice = house.cast.alice
    status, answer = post(alice, slug, {**RECIPES[slug].body(house, alice), field: wanted})
    assert status == 201, answer
    made = stored(slug, answer["doc"]["id"])
    assert made is not None
    assert made[field] == start
    row_id = alice.id if slug == "users" else made["id"]
    for path in (f"/api/{slug}/{row_id}", f"/api/{slug}?where[id][equals]={row_id}"):
        status, answer = alice.ask("PATCH", path, {field: wanted})
        assert status == 200
        assert (stored(slug, row_id) or {})[field] == start
    status, answer = house.cast.ada.ask("PATCH", f"/api/{slug}/{row_id}", {field: wanted})
    assert status == 200
    assert (stored(slug, row_id) or {})[field] == wanted


UPLOADED = ("url", "filename", "mimeType", "filesize", "width", "height", "thumbnailURL")


@pytest.mark.parametrize("field", UPLOADED)
def test_what_a_file_is_is_found_out_and_not_claimed(house: House, field: str) -> None:
    alice = house.cast.alice
    honest = post(alice, "media", {"alt": "x"})[1]["doc"]
    status, answer = post(alice, "media", {"alt": "x", field: 7 if field in {"filesize", "width", "height"} else "x"})
    assert status == 201
    if field not in {"url", "filename"}:
        assert answer["doc"][field] == honest[field]
    else:
        assert answer["doc"][field].endswith(".png")
    before = stored("media", answer["doc"]["id"])
    alice.ask("PATCH", f"/api/media/{answer['doc']['id']}", {field: "evil"})
    after = stored("media", answer["doc"]["id"])
    assert before is not None
    assert after is not None
    assert {k: v for k, v in after.items() if k != "updated_at"} == {
        k: v for k, v in before.items() if k != "updated_at"
    }


def likes(house: House, bot: int) -> tuple[float, float]:
    """The two counters of a bot."""
    row = stored("bot", bot) or {}
    return row["likes_count"], row["favorites_count"]


def test_likes_move_the_counters_exactly(house: House) -> None:
    bot = house.fresh("bot", house.cast.alice, is_public=True)["id"]
    made = {}
    for i, who in enumerate((house.cast.bob, house.cast.charlie, house.cast.ada), 1):
        made[who.name] = who.make("botInteractions", {"bot": bot, "liked": True, "favorited": i == 1})["id"]
        assert likes(house, bot) == (i, 1)
    bob, path = house.cast.bob, f"/api/botInteractions/{made['bob']}"
    for data, expected in (
        ({"liked": True}, (3, 1)),
        ({"liked": False}, (2, 1)),
        ({"liked": False}, (2, 1)),
        ({"liked": None}, (2, 1)),
        ({"favorited": False}, (2, 0)),
        ({"created_date": "2026-01-01"}, (2, 0)),
        ({"liked": True, "favorited": True}, (3, 1)),
    ):
        assert bob.ask("PATCH", path, data)[0] == 200
        assert likes(house, bot) == expected, data
    assert bob.ask("DELETE", path)[0] == 200
    assert likes(house, bot) == (2, 0)


def test_a_second_like_of_one_person_is_refused_and_counts_nothing(house: House) -> None:
    bot = house.fresh("bot", house.cast.alice, is_public=True)["id"]
    house.cast.bob.make("botInteractions", {"bot": bot, "liked": True})
    before = everything()
    status, answer = house.cast.bob.ask("POST", "/api/botInteractions", {"bot": bot, "liked": True})
    assert status == 400
    assert "unique" in str(answer)
    assert changed(before) == {}


def test_a_strangers_change_of_a_like_moves_nothing(house: House) -> None:
    bot = house.fresh("bot", house.cast.alice, is_public=True)["id"]
    like = house.cast.bob.make("botInteractions", {"bot": bot, "liked": True})["id"]
    before = everything()
    for who in (house.cast.charlie, house.cast.ada, house.cast.stranger):
        for method in ("PATCH", "DELETE"):
            assert who.ask(method, f"/api/botInteractions/{like}", {"liked": False})[0] == 403
            who.ask(method, f"/api/botInteractions?where[id][equals]={like}", {"liked": False})
    assert changed(before) == {}


def test_a_like_that_moves_to_another_bot_takes_its_count_along(house: House) -> None:
    first, second = (house.fresh("bot", house.cast.alice, is_public=True)["id"] for _ in range(2))
    like = house.cast.bob.make("botInteractions", {"bot": first, "liked": True})["id"]
    house.cast.bob.ask("PATCH", f"/api/botInteractions/{like}", {"bot": second})
    assert (likes(house, first), likes(house, second)) == ((0, 0), (1, 0))


def test_no_like_reaches_a_bot_that_one_may_not_read(house: House) -> None:
    bot = house.id("bot", house.cast.alice)
    before = everything()
    assert house.cast.charlie.ask("POST", "/api/botInteractions", {"bot": bot, "liked": True})[0] == 400
    assert changed(before) == {}
