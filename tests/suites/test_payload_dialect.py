"""Questions that clients of Payload ask and the recorded transcript does not hold, as Payload's own code answers them."""

from typing import NamedTuple

import pytest
from django.test import Client

from tests.people import Person
from tests.suites.rows import House, changed, everything


def names(who: Person, query: str) -> list[str]:
    """The names of the bots that a query finds, in order."""
    return [doc["name"] for doc in who.get(f"/api/bot?depth=0&sort=name&{query}")["docs"]]


class Shelf(NamedTuple):
    """Of Alice's bots one names no lore, one the first, one both."""

    alice: Person
    first: int
    second: int


@pytest.fixture
def shelf(house: House) -> Shelf:
    """The bots and what they name."""
    alice = house.cast.alice
    first, second = (house.fresh("knowledgeCollections", alice)["id"] for _ in range(2))
    named: dict[str, list[int]] = {"none": [], "one": [first], "two": [first, second]}
    for name, piles in named.items():
        house.fresh("bot", alice, name=name, knowledge_collections=piles)
    return Shelf(alice, first, second)


@pytest.mark.parametrize(
    "path", ["/api/bot/", "/api/bot/?limit=1&where[name][equals]=a%2Fb", "/api/users/me/", "/api/mood/5/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_slash_at_the_end_leads_on_with_method_and_query(house: House, method: str, path: str) -> None:
    before = everything()
    answer = Client().generic(method, path, b"{}", content_type="application/json")
    bare, _, query = path.partition("?")
    assert (answer.status_code, answer["Location"]) == (308, bare.rstrip("/") + (f"?{query}" if query else ""))
    assert changed(before) == {}


@pytest.mark.parametrize("text", ["1.5", "-1", "1e3", ".5", "0.0", "9" * 30, "9" * 5000])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_number_that_is_no_id_is_not_found(house: House, method: str, text: str) -> None:
    before = everything()
    assert house.cast.alice.ask(method, f"/api/bot/{text}", {"name": "x"})[0] == 404
    assert changed(before) == {}


def test_not_in_and_not_equals_ask_whether_any_linked_row_is_another(shelf: Shelf) -> None:
    alice, mine = shelf.alice, "where[name][in]=none,one,two&"
    assert names(alice, f"{mine}where[knowledge_collections][not_in]={shelf.first}") == ["none", "two"]
    assert names(alice, f"{mine}where[knowledge_collections][not_equals]={shelf.first}") == ["none", "two"]
    assert names(alice, f"{mine}where[knowledge_collections][not_in]={shelf.first},{shelf.second}") == ["none"]
    assert names(alice, f"{mine}where[knowledge_collections][not_in]=") == ["none", "one", "two"]
    assert names(alice, f"{mine}where[knowledge_collections][in]={shelf.second}") == ["two"]


def test_what_is_missing_within_json_differs_from_nothing(house: House) -> None:
    alice = house.cast.alice
    for title, found in (("with", {"mood": "calm sea"}), ("other", {"mood": "storm"}), ("without", {})):
        house.fresh("conversation", alice, title=title, participants=found)

    def titles(query: str) -> list[str]:
        docs = alice.get(f"/api/conversation?depth=0&sort=title&where[title][in]=with,other,without&{query}")["docs"]
        return [doc["title"] for doc in docs]

    assert titles("where[participants.mood][not_equals]=storm") == ["with"]
    assert titles("where[participants.mood][not_in][]=storm") == ["with"]
    assert titles("where[participants.mood][exists]=false") == ["without"]
    # One piece, where a column would take each word by itself.
    assert titles("where[participants.mood][like]=sea calm") == []
    assert titles("where[participants.mood][like]=m se") == ["with"]
    assert titles("where[participants__mood][equals]=storm") == ["other"]


@pytest.mark.parametrize(
    ("select", "fields"),
    [
        ("select=name", {"id"}),
        ("select[]=name", {"id"}),
        ("select[name]=true", {"id", "name"}),
        ("select[name]=true&select[nothing]=true", {"id", "name"}),
    ],
)
def test_a_selection_of_a_list(house: House, select: str, fields: set[str]) -> None:
    house.fresh("bot", house.cast.alice)
    docs = house.cast.alice.get(f"/api/bot?depth=0&{select}")["docs"]
    assert docs
    assert all(set(doc) == fields for doc in docs)


def test_a_false_among_true_leaves_out(house: House) -> None:
    row = house.fresh("bot", house.cast.alice)["id"]
    whole = house.cast.alice.get(f"/api/bot/{row}?depth=0")
    found = house.cast.alice.get(f"/api/bot/{row}?depth=0&select[name]=true&select[slug]=false")
    assert set(whole) - set(found) == {"slug"}


def test_a_list_of_conditions_writes_nothing(house: House) -> None:
    alice = house.cast.alice
    house.fresh("bot", alice)
    before = everything()
    for method in ("PATCH", "DELETE"):
        for query in ("where[]=", "where[]=x", "where=[]", "where=[{}]"):
            assert alice.ask(method, f"/api/bot?{query}", {"name": "x"})[0] == 400, (method, query)
    assert changed(before) == {}
    assert alice.get("/api/bot?where[]=&limit=1")["totalDocs"] >= 1


def test_the_picture_that_a_list_shows_can_be_asked_for(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    for alt, name in (("zebra", "first"), ("apple", "second")):
        face = house.fresh("media", alice, alt=alt)["id"]
        house.fresh("bot", alice, name=name, picture=face, is_public=True)
    hidden = house.fresh("media", alice, alt="secret")["id"]
    house.fresh("bot", alice, name="third", picture=hidden, is_public=False)
    shown = bob.get("/api/bot?depth=1&where[name][in]=first,second,third&sort=picture.alt")["docs"]
    assert [(doc["name"], doc["picture"]["alt"]) for doc in shown] == [("second", "apple"), ("first", "zebra")]
    assert [d["name"] for d in bob.get("/api/bot?depth=0&where[picture.alt][equals]=zebra")["docs"]] == ["first"]
    assert bob.get("/api/bot?depth=0&where[picture.alt][equals]=secret")["docs"] == []


def test_populate_reaches_public_rows_of_others_at_each_depth(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    face = house.fresh("media", alice, alt="a face")["id"]
    bot = house.fresh("bot", alice, picture=face, is_public=True)
    chat = house.fresh("conversation", bob, bot_participation=[{"bot_id": bot["id"], "role": "primary"}])["id"]
    query = "depth=2&populate[bot][name]=true&populate[bot][picture]=true&populate[media][alt]=true"
    found = bob.get(f"/api/conversation/{chat}?{query}")["bot_participation"][0]["bot_id"]
    assert found == {"id": bot["id"], "name": bot["name"], "picture": {"id": face, "alt": "a face"}}
