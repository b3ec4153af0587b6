"""Shares with a password, shares that have run out, collaborators: who gets in, and that a refusal changes nothing."""

from typing import Any

import pytest
from django.conf import settings

from tests.areas.knowledge.making import BOUNDARY, book, parts, sent
from tests.people import Cast, Person
from tests.suites.refusals import refused
from tests.suites.rows import everything

PAST, FUTURE = "2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"
OPEN = {"password": "cinnamon"}


def entry(who: Person, shelf: int, **privacy: Any) -> int:
    """An entry with settings of privacy."""
    data = {"entry": "The hart is white.", "type": "text", "knowledge_collection": shelf, "privacy_settings": privacy}
    made: int = who.make("knowledge", data)["id"]
    return made


def locked_entry(cast: Cast, level: str = "shared", until: str | None = None) -> int:
    """Alice's entry behind a password."""
    more = {"password_protected": True, "share_password": "cinnamon", "share_expiration": until}
    return entry(cast.alice, book(cast.alice), privacy_level=level, **more)


@pytest.mark.parametrize("level", ["shared", "public"])
@pytest.mark.parametrize("until", [None, FUTURE])
def test_the_right_password_opens_an_entry_and_is_counted(cast: Cast, level: str, until: str | None) -> None:
    number = locked_entry(cast, level, until)
    assert cast.charlie.ask("GET", f"/api/knowledge/{number}")[0] == 404
    for _ in range(2):
        status, answer = cast.charlie.ask("POST", f"/api/knowledge/{number}/open", OPEN)
        assert (status, answer["doc"]["entry"]) == (200, "The hart is white.")
    assert "share_password" not in str(answer)
    assert "bcrypt" not in str(answer)
    privacy = cast.alice.get(f"/api/knowledge/{number}?depth=0")["privacy_settings"]
    assert privacy["access_count"] == 2
    assert privacy["last_accessed"]
    assert cast.charlie.ask("GET", f"/api/knowledge/{number}")[0] == 404


def test_a_wrong_password_opens_nothing_and_counts_nothing(cast: Cast) -> None:
    number = locked_entry(cast)
    path = f"/api/knowledge/{number}/open"
    refused(cast.charlie, "POST", path, {"password": "Cinnamon"}, status=403)
    refused(cast.stranger, "POST", path, OPEN, status=403)
    for odd in ({}, {"password": None}, {"password": 7}, {"password": ""}, {"password": "x" * 2000}):
        refused(cast.charlie, "POST", path, odd, status=400)
    refused(cast.charlie, "POST", "/api/knowledge/999999/open", OPEN, status=404)


@pytest.mark.parametrize(("level", "until"), [("private", None), ("shared", PAST), ("public", PAST)])
def test_a_private_entry_or_a_share_that_is_over_opens_for_no_password(
    cast: Cast, level: str, until: str | None
) -> None:
    path = f"/api/knowledge/{locked_entry(cast, level, until)}/open"
    refused(cast.charlie, "POST", path, OPEN, status=404)
    refused(cast.charlie, "POST", path, {"password": "wrong"}, status=404)


def test_guesses_are_limited(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    number = locked_entry(cast)
    monkeypatch.setattr(settings, "RATE_LIMITS", True)
    found = {cast.charlie.ask("POST", f"/api/knowledge/{number}/open", {"password": f"{n}"})[0] for n in range(31)}
    assert found == {403, 429}
    assert cast.bob.ask("POST", f"/api/knowledge/{number}/open", OPEN)[0] == 200


def test_a_collection_opens_with_its_shared_entries_only(cast: Cast) -> None:
    shelf = book(cast.alice, sharing_settings={"sharing_level": "public", "share_password": "cinnamon"})
    shown = entry(cast.alice, shelf, privacy_level="shared")
    entry(cast.alice, shelf, privacy_level="private")
    entry(cast.alice, shelf, privacy_level="shared", share_expiration=PAST)
    entry(cast.alice, shelf, privacy_level="shared", password_protected=True, share_password="x")
    assert cast.charlie.ask("GET", f"/api/knowledgeCollections/{shelf}")[0] == 404
    refused(cast.charlie, "POST", f"/api/knowledgeCollections/{shelf}/open", {"password": "no"}, status=403)
    status, answer = cast.charlie.ask("POST", f"/api/knowledgeCollections/{shelf}/open", OPEN)
    assert (status, answer["doc"]["id"], [each["id"] for each in answer["entries"]]) == (200, shelf, [shown])
    assert cast.alice.get(f"/api/knowledgeCollections/{shelf}?depth=0")["usage_analytics"]["view_count"] == 1


@pytest.mark.parametrize("level", ["private", "shared", "public"])
def test_a_collection_whose_share_is_over_is_private(cast: Cast, level: str) -> None:
    sharing = {"sharing_level": level, "share_password": "cinnamon", "sharing_expiration": PAST}
    shelf = book(cast.alice, sharing_settings=sharing)
    refused(cast.charlie, "POST", f"/api/knowledgeCollections/{shelf}/open", OPEN, status=404)
    plain = book(cast.alice, sharing_settings={"sharing_level": level, "sharing_expiration": PAST, "is_public": True})
    for who in (cast.charlie, cast.stranger):
        assert who.ask("GET", f"/api/knowledgeCollections/{plain}")[0] == 404
    lasting = {"sharing_level": level, "sharing_expiration": FUTURE, "is_public": True}
    assert cast.stranger.ask("GET", f"/api/knowledgeCollections/{book(cast.alice, sharing_settings=lasting)}")[0] == 200


def test_an_entry_whose_share_is_over_is_private(cast: Cast) -> None:
    together = {"collab_user_ids": [cast.bob.id], "collab_perms": ["read"]}
    shelf = book(cast.alice, sharing_settings={"sharing_level": "shared"}, collaborators=together)
    over = entry(cast.alice, shelf, privacy_level="shared", share_expiration=PAST)
    public = entry(cast.alice, shelf, privacy_level="public", share_expiration=PAST)
    lasts = entry(cast.alice, shelf, privacy_level="shared", share_expiration=FUTURE)
    for number, status in ((over, 404), (public, 404), (lasts, 200)):
        assert cast.bob.ask("GET", f"/api/knowledge/{number}")[0] == status
        assert cast.alice.ask("GET", f"/api/knowledge/{number}")[0] == 200
    assert cast.stranger.ask("GET", f"/api/knowledge/{public}")[0] == 404


def test_collaborators_are_invited_write_and_leave(cast: Cast) -> None:
    shelf = book(cast.alice)
    path = f"/api/knowledgeCollections/{shelf}/collaborators"
    invite = {"email": "Bob@cafe.test", "permissions": ["write"]}
    refused(cast.bob, "POST", path, invite, status=404)
    refused(cast.stranger, "POST", path, invite, status=403)
    status, answer = cast.alice.ask("POST", path, invite)
    assert (status, answer) == (200, {"collaborators": [cast.bob.id], "permissions": ["read", "write"]})
    kept = cast.alice.get(f"/api/knowledgeCollections/{shelf}?depth=0")
    assert kept["sharing_settings"]["sharing_level"] == "shared"
    assert kept["usage_analytics"]["collaboration_count"] == 1
    doc = sent(cast.bob, shelf, "a.txt", b"Bob has seen the hart as well.")
    assert (doc["user"], doc["privacy_settings"]["privacy_level"]) == (cast.bob.id, "shared")
    assert cast.alice.get(f"/api/knowledge/{doc['id']}?depth=0")["entry"] == "Bob has seen the hart as well."
    refused(cast.bob, "POST", path, {"user": cast.charlie.id}, status=403)
    refused(
        cast.bob,
        "PATCH",
        f"/api/knowledgeCollections/{shelf}",
        {"collaborators": {"collab_perms": ["admin"]}},
        status=403,
    )
    assert cast.bob.ask("PATCH", f"/api/knowledgeCollections/{shelf}", {"description": "ours"})[0] == 200
    assert cast.bob.ask("POST", path, {"remove": cast.bob.id})[0] == 200
    assert cast.bob.ask("GET", f"/api/knowledgeCollections/{shelf}")[0] == 404
    refused(cast.bob, "POST", f"/api/knowledgeCollections/{shelf}/documents", {"text": "once more"}, status=404)


def test_a_reader_among_collaborators_writes_nothing(cast: Cast) -> None:
    shelf = book(cast.alice)
    path = f"/api/knowledgeCollections/{shelf}"
    assert cast.alice.ask("POST", f"{path}/collaborators", {"user": cast.bob.id, "permissions": ["read"]})[0] == 200
    assert cast.bob.ask("GET", path)[0] == 200
    body = parts(("a.txt", b"Bob has seen the hart as well."))
    refused(cast.bob, "POST", f"{path}/documents", body, content_type=BOUNDARY, status=403)
    refused(
        cast.bob, "POST", "/api/knowledge", {"entry": "x", "type": "text", "knowledge_collection": shelf}, status=400
    )


def test_permissions_count_for_all_and_change_for_all_only_when_asked(cast: Cast) -> None:
    shelf = book(cast.alice)
    path = f"/api/knowledgeCollections/{shelf}/collaborators"
    cast.alice.ask("POST", path, {"user": cast.bob.id, "permissions": ["read"]})
    more = {"user": cast.charlie.id, "permissions": ["write"]}
    refused(cast.alice, "POST", path, more, status=409, says="for_all")
    status, answer = cast.alice.ask("POST", path, {**more, "for_all": True})
    assert (status, answer["collaborators"]) == (200, [cast.bob.id, cast.charlie.id])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"email": "nobody@cafe.test"}, 404),
        ({"user": 999999}, 404),
        ({"user": True}, 400),
        ({"user": 1.5}, 400),
        ({"email": "bob@cafe.test", "permissions": ["own"]}, 400),
        ({"email": "bob@cafe.test", "permissions": {}}, 400),
        ({"email": "alice@cafe.test"}, 400),
        ({"remove": 999999}, 404),
        ({"remove": "x"}, 400),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(cast: Cast, body: dict[str, Any], status: int) -> None:
    path = f"/api/knowledgeCollections/{book(cast.alice)}/collaborators"
    refused(cast.alice, "POST", path, body, status=status)


def test_a_collection_that_allows_no_collaboration_invites_nobody(cast: Cast) -> None:
    shelf = book(cast.alice, sharing_settings={"sharing_level": "shared", "allow_collaboration": False})
    refused(cast.alice, "POST", f"/api/knowledgeCollections/{shelf}/collaborators", {"user": cast.bob.id}, status=409)


def test_a_copy_is_taken_of_what_may_be_read(cast: Cast) -> None:
    shelf = book(cast.alice, sharing_settings={"sharing_level": "public"})
    entry(cast.alice, shelf, privacy_level="public")
    entry(cast.alice, shelf, privacy_level="private")
    status, answer = cast.bob.ask("POST", f"/api/knowledgeCollections/{shelf}/fork", {})
    assert status == 201
    copy = cast.bob.get(f"/api/knowledge?where[knowledge_collection][equals]={answer['id']}&depth=0")["docs"]
    assert [row["user"] for row in copy] == [cast.bob.id]
    closed = book(cast.alice, sharing_settings={"sharing_level": "public", "allow_fork": False})
    refused(cast.bob, "POST", f"/api/knowledgeCollections/{closed}/fork", {}, status=403)
    refused(cast.bob, "POST", f"/api/knowledgeCollections/{book(cast.alice)}/fork", {}, status=404)


def test_views_are_counted_where_they_may_be_seen(cast: Cast) -> None:
    from botcafe.areas.knowledge.lore.share_access import count_view
    from botcafe.cms.schema.actor import Actor
    from botcafe.cms.schema.errors import NotFound

    shelf = book(cast.alice, sharing_settings={"sharing_level": "public"})
    number = entry(cast.alice, shelf, privacy_level="private")
    count_view(Actor("user", cast.bob.id), book_id=shelf)
    count_view(Actor("user", cast.alice.id), book_id=shelf, entry_id=number)
    before = everything()
    with pytest.raises(NotFound):
        count_view(Actor("user", cast.bob.id), entry_id=number)
    assert everything() == before
    assert cast.alice.get(f"/api/knowledgeCollections/{shelf}?depth=0")["usage_analytics"]["view_count"] == 2
    assert cast.alice.get(f"/api/knowledge/{number}?depth=0")["usage_analytics"]["view_count"] == 1
