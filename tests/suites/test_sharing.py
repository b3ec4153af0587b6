"""Shares: what a reader and an editor may do, by accessControl and by a row's own lists, and when it ends."""

from collections.abc import Callable
from typing import Any

import pytest

from botcafe.cms.schema.collection import Change, get_collection
from tests.people import Person
from tests.suites.attempts import LETTERS, attempt, prove
from tests.suites.rows import RECIPES, House, changed, everything

YESTERDAY, TOMORROW = "2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"
Making = Callable[[House, str], int]


def share(house: House, slug: str, row_id: int, level: str, **more: Any) -> int:
    """Alice shares a thing with Bob; the id of the share."""
    data = {
        "resource_type": slug,
        "resource_id": str(row_id),
        "shared_with_users": [house.cast.bob.id],
        "permission_level": level,
        **more,
    }
    made: int = house.cast.alice.make("accessControl", data)["id"]
    return made


def by_share(slug: str, **more: Any) -> Making:
    """A row shared through accessControl."""

    def make(house: House, level: str) -> int:
        row_id: int = house.fresh(slug, house.cast.alice)["id"]
        share(house, slug, row_id, level, **more)
        return row_id

    return make


def knowledge_by_list(house: House, level: str, privacy: str = "shared", expires: str | None = None) -> int:
    """An entry whose own list names Bob."""
    settings = {"privacy_level": privacy, "share_expiration": expires}
    access = {"shared_with_user_ids": [house.cast.bob.id], "permissions": [level]}
    made: int = house.fresh("knowledge", house.cast.alice, privacy_settings=settings, shared_access=access)["id"]
    return made


def collection_by_list(house: House, level: str, sharing: str = "shared", expires: str | None = None) -> int:
    """A lore collection whose collaborators name Bob."""
    settings = {"sharing_level": sharing, "sharing_expiration": expires}
    people = {"collab_user_ids": [house.cast.bob.id], "collab_perms": [level]}
    alice = house.cast.alice
    made: int = house.fresh("knowledgeCollections", alice, sharing_settings=settings, collaborators=people)["id"]
    return made


def knowledge_in_collection(house: House, level: str, privacy: str = "shared") -> int:
    """A shared entry of a lore collection that Bob collaborates on."""
    data = {"knowledge_collection": collection_by_list(house, level), "privacy_settings": {"privacy_level": privacy}}
    made: int = house.fresh("knowledge", house.cast.alice, **data)["id"]
    return made


def message_of_shared(house: House, level: str) -> int:
    """A message of Alice in a conversation that is shared with Bob."""
    conversation = by_share("conversation")(house, level)
    made: int = house.fresh("message", house.cast.alice, conversation=conversation)["id"]
    return made


def gift(house: House, level: str) -> int:
    """A gift to Bob."""
    made: int = house.fresh("tokenGifts", house.cast.alice)["id"]
    return made


def named_share(house: House, level: str) -> int:
    """A share that names Bob: the row of accessControl itself."""
    return share(house, "bot", house.fresh("bot", house.cast.alice)["id"], level)


SHARED: dict[str, tuple[str, Making, str, str, str]] = {
    # slug, how it is shared, and what a reader, an editor and an administrator of the thing may do
    "bot": ("bot", by_share("bot"), "R", "RU", "RU"),
    "bot for a while": ("bot", by_share("bot", share_expiration=TOMORROW), "R", "RU", "RU"),
    "knowledge": ("knowledge", by_share("knowledge"), "R", "RU", "RU"),
    "knowledge by its list": ("knowledge", knowledge_by_list, "R", "RU", "RU"),
    "knowledge of a shared collection": ("knowledge", knowledge_in_collection, "R", "R", "R"),
    "collection": ("knowledgeCollections", by_share("knowledgeCollections"), "R", "RU", "RU"),
    "collection by its list": ("knowledgeCollections", collection_by_list, "R", "RU", "RU"),
    "conversation": ("conversation", by_share("conversation"), "R", "RU", "RU"),
    "message": ("message", message_of_shared, "R", "R", "R"),
    "gift to Bob": ("tokenGifts", gift, "RU", "RU", "RU"),
    "a share itself": ("accessControl", named_share, "R", "R", "R"),
}
OVER: dict[str, tuple[str, Making]] = {
    "bot run out": ("bot", by_share("bot", share_expiration=YESTERDAY)),
    "conversation run out": ("conversation", by_share("conversation", share_expiration=YESTERDAY)),
    "knowledge list run out": ("knowledge", lambda h, level: knowledge_by_list(h, level, expires=YESTERDAY)),
    "knowledge made private": ("knowledge", lambda h, level: knowledge_by_list(h, level, privacy="private")),
    "collection run out": ("knowledgeCollections", lambda h, level: collection_by_list(h, level, expires=YESTERDAY)),
    "collection made private": (
        "knowledgeCollections",
        lambda h, level: collection_by_list(h, level, sharing="private"),
    ),
    "private entry of a shared collection": (
        "knowledge",
        lambda h, level: knowledge_in_collection(h, level, privacy="private"),
    ),
}
VERBS = [v for v in LETTERS if v != "create"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("level", ["read", "write", "admin"])
@pytest.mark.parametrize("case", SHARED)
def test_those_named_may_do_what_their_level_says(house: House, case: str, level: str, verb: str) -> None:
    slug, make, *letters = SHARED[case]
    row_id = make(house, level)
    may = LETTERS[verb] in letters[["read", "write", "admin"].index(level)]
    prove(house, house.cast.bob, verb, slug, row_id, may=may)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("case", SHARED)
def test_a_share_opens_nothing_for_those_it_does_not_name(house: House, case: str, verb: str) -> None:
    slug, make, *_ = SHARED[case]
    row_id = make(house, "admin")
    prove(house, house.cast.charlie, verb, slug, row_id, may=False)
    prove(house, house.cast.stranger, verb, slug, row_id, may=False)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("case", OVER)
def test_a_share_that_is_over_opens_nothing(house: House, case: str, verb: str) -> None:
    slug, make = OVER[case]
    prove(house, house.cast.bob, verb, slug, make(house, "write"), may=False)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("slug", ["bot", "knowledge", "knowledgeCollections", "conversation"])
def test_a_share_ends_when_its_row_goes(house: House, slug: str, verb: str) -> None:
    row_id = house.fresh(slug, house.cast.alice)["id"]
    shared = share(house, slug, row_id, "write")
    assert attempt(house.cast.bob, "read", slug, row_id, {})
    assert house.cast.alice.ask("DELETE", f"/api/accessControl/{shared}")[0] == 200
    prove(house, house.cast.bob, verb, slug, row_id, may=False)


@pytest.mark.parametrize("slug", ["bot", "knowledge", "knowledgeCollections", "conversation"])
def test_only_the_owner_shares_a_thing(house: House, slug: str) -> None:
    row_id = house.fresh(slug, house.cast.alice)["id"]
    share(house, slug, row_id, "admin")
    data = {"resource_type": slug, "resource_id": str(row_id), "permission_level": "admin"}
    for thief in (house.cast.bob, house.cast.charlie):
        before = everything()
        wanted = {**data, "shared_with_users": [thief.id], "owner_user": house.cast.alice.id}
        status, answer = thief.ask("POST", "/api/accessControl", wanted)
        assert (status, answer["errors"][0]["data"]["errors"][0]["path"]) == (400, "resource_id")
        assert changed(before) == {}


def test_a_share_cannot_be_turned_towards_somebody_elses_thing(house: House) -> None:
    cast = house.cast
    own = cast.charlie.make("bot", house.body("bot", cast.charlie))["id"]
    data = {"resource_type": "bot", "resource_id": str(own), "permission_level": "admin"}
    made = cast.charlie.make("accessControl", {**data, "shared_with_users": [cast.charlie.id]})["id"]
    hers = house.id("bot", cast.alice)
    before = everything()
    for change in ({"resource_id": str(hers)}, {"resource_id": f"0{hers}"}, {"owner_user": cast.alice.id}):
        status, _ = cast.charlie.ask("PATCH", f"/api/accessControl/{made}", change)
        assert status in {200, 400}
    assert not attempt(cast.charlie, "read", "bot", hers, {})
    after = changed(before)
    assert set(after) <= {"creators_accesscontrol"}
    assert cast.charlie.get(f"/api/accessControl/{made}?depth=0")["owner_user"] == cast.charlie.id


def test_a_reader_of_a_share_learns_who_else_is_named_only_as_an_id(house: House) -> None:
    cast = house.cast
    row_id = house.fresh("bot", cast.alice)["id"]
    made = share(house, "bot", row_id, "read", shared_with_users=[cast.bob.id, cast.charlie.id])
    doc = cast.bob.get(f"/api/accessControl/{made}?depth=5")
    assert doc["owner_user"] == cast.alice.id
    assert cast.charlie.id in doc["shared_with_users"]
    assert "alice@" not in str(doc)
    assert "charlie@" not in str(doc)


@pytest.mark.parametrize(
    ("slug", "opening"),
    [
        ("bot", {"is_public": True}),
        ("personas", {"is_public": True}),
        ("knowledge", {"privacy_settings": {"privacy_level": "public"}}),
        ("knowledgeCollections", {"sharing_settings": {"sharing_level": "public"}}),
        ("knowledgeCollections", {"sharing_settings": {"is_public": True}}),
    ],
)
@pytest.mark.parametrize("verb", VERBS)
def test_a_public_thing_is_read_by_all_and_changed_by_none(
    house: House, slug: str, opening: dict[str, Any], verb: str
) -> None:
    row_id = house.fresh(slug, house.cast.alice, **opening)["id"]
    for who in (house.cast.stranger, house.cast.charlie):
        prove(house, who, verb, slug, row_id, may=LETTERS[verb] == "R")


@pytest.mark.parametrize("verb", VERBS)
def test_a_public_entry_with_a_password_stays_shut(house: House, verb: str) -> None:
    settings = {"privacy_level": "public", "password_protected": True, "share_password": "cinnamon"}
    row_id = house.fresh("knowledge", house.cast.alice, privacy_settings=settings)["id"]
    prove(house, house.cast.stranger, verb, "knowledge", row_id, may=False)
    prove(house, house.cast.charlie, verb, "knowledge", row_id, may=False)


@pytest.mark.parametrize("level", ["read", "write"])
def test_an_editor_writes_into_a_shared_conversation_and_a_reader_does_not(house: House, level: str) -> None:
    conversation = by_share("conversation")(house, level)
    before = everything()
    status, answer = house.cast.bob.ask("POST", "/api/message?depth=0", {"conversation": conversation, "entry": "hi"})
    if level == "read":
        assert (status, answer["errors"][0]["data"]["errors"][0]["path"]) == (400, "conversation")
        assert changed(before) == {}
    else:
        assert (status, answer["doc"]["user"]) == (201, house.cast.bob.id)


def deep(who: Person, slug: str, row_id: int) -> Any:
    """The row as the person reads it, relations opened as far as they go."""
    return who.get(f"/api/{slug}/{row_id}?depth=10")


def test_an_editor_changes_neither_the_owner_nor_the_definition_of_who_may_edit(house: House) -> None:
    row_id = by_share("bot")(house, "write")
    bob, alice = house.cast.bob, house.cast.alice
    status, answer = bob.ask("PATCH", f"/api/bot/{row_id}?depth=0", {"user": bob.id, **RECIPES["bot"].change})
    assert (status, answer["doc"]["user"]) == (200, alice.id)
    assert bob.ask("DELETE", f"/api/bot/{row_id}")[0] == 403
    assert deep(bob, "bot", row_id)["user"] == alice.id


def test_a_share_that_ends_while_a_bulk_write_is_prepared_ends_the_write(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing a password takes long: rows that were found before it are asked for again."""
    row_id = by_share("knowledgeCollections")(house, "write")
    of = get_collection("knowledgeCollections")

    def end_shares(change: Change) -> None:
        get_collection("accessControl").model.objects.filter(resource_id=str(row_id)).delete()

    monkeypatch.setitem(vars(of), "prepare_bulk", (end_shares,))
    before = of.model.objects.filter(pk=row_id).values().get()
    status, answer = house.cast.bob.ask(
        "PATCH", f"/api/knowledgeCollections?where[id][equals]={row_id}&depth=0", {"name": "Taken"}
    )
    assert (status, [each["id"] for each in answer["errors"]]) == (400, [row_id])
    assert of.model.objects.filter(pk=row_id).values().get() == before
