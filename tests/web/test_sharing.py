"""The pages of sharing: whom lore, bots and chats are shared with, and that nobody else decides or sees more."""

import re
from typing import Any

import pytest

from tests.areas.knowledge.making import book
from tests.people import Cast, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused

SHARED = {"level": "shared", "until": "", "password": "", "allow_fork": "on", "allow_collaboration": "on"}
CONTROLS = ("/entries/new", "/edit", "/sharing", "Delete this collection")


def entry(who: object, shelf: int, words: str, level: str) -> int:
    """An entry that says these words, for whom it is."""
    data = {"entry": words, "type": "text", "knowledge_collection": shelf, "privacy_settings": {"privacy_level": level}}
    made: int = who.make("knowledge", data)["id"]
    return made


def shared_book(cast: Cast, permissions: str = "read") -> int:
    """Alice's collection with one shared and one hidden entry, on which Bob works."""
    shelf = book(cast.alice)
    entry(cast.alice, shelf, "The hart is white.", "shared")
    entry(cast.alice, shelf, "The king is a fox.", "private")
    me = signed_in(cast.alice)
    assert post(me, f"/lore/{shelf}/sharing/people", who="bob@cafe.test", permissions=permissions)[0] == 302
    return shelf


def sharing_of(cast: Cast, shelf: int) -> dict[str, object]:
    """The settings of sharing as the API tells them to the owner."""
    found: dict[str, object] = cast.alice.get(f"/api/knowledgeCollections/{shelf}?depth=0")["sharing_settings"]
    return found


def test_a_collaborator_invited_by_email_reads_the_shared_entries(cast: Cast) -> None:
    shelf = shared_book(cast)
    assert sharing_of(cast, shelf)["sharing_level"] == "shared"
    me = signed_in(cast.alice)
    post(me, f"/lore/{shelf}/sharing/people", who="bob@cafe.test", permissions="read")
    text = page(me, f"/lore/{shelf}/sharing")
    assert f"bob@cafe.test is account {cast.bob.id} here" in text
    assert f"Account {cast.bob.id}" in text
    assert "1 shared: those who work on the collection read them" in " ".join(text.split())
    bob = signed_in(cast.bob)
    assert f'href="/lore/{shelf}"' in page(bob, "/lore")
    text = page(bob, f"/lore/{shelf}")
    assert "The hart is white." in text
    assert "The king is a fox." not in text
    assert [each for each in CONTROLS if each in text] == []
    assert f'href="/lore/{shelf}"' not in page(signed_in(cast.charlie), "/lore")


def test_a_collaborators_name_is_shown_only_where_they_publish_it(cast: Cast) -> None:
    shelf = shared_book(cast)
    cast.bob.make("creatorProfiles", {"display_name": "Bob the Barista"})
    text = page(signed_in(cast.alice), f"/lore/{shelf}/sharing")
    assert "Bob the Barista" in text
    assert f"Account {cast.bob.id}" not in text


@pytest.mark.parametrize("who", ["nobody@cafe.test", "999999", "Bob", "alice@cafe.test"])
def test_an_invitation_to_nobody_changes_nothing(cast: Cast, who: str) -> None:
    shelf = book(cast.alice)
    refused(signed_in(cast.alice), f"/lore/{shelf}/sharing/people", who=who, permissions="read")


def test_what_they_may_do_counts_for_all_and_is_changed_for_all(cast: Cast) -> None:
    shelf = shared_book(cast)
    me, path = signed_in(cast.alice), f"/lore/{shelf}/sharing/people"
    refused(me, path, who=cast.charlie.id, permissions="write", says="Tick this to change that.")
    assert post(me, path, who=cast.bob.id, permissions="write", for_all="on")[0] == 302
    kept = cast.alice.get(f"/api/knowledgeCollections/{shelf}?depth=0")["collaborators"]
    assert (kept["collab_user_ids"], kept["collab_perms"]) == ([cast.bob.id], ["read", "write"])
    assert post(me, f"{path}/{cast.bob.id}/remove")[0] == 302
    assert cast.bob.ask("GET", f"/api/knowledgeCollections/{shelf}")[0] == 404


def test_people_leave_a_collection_by_themselves(cast: Cast) -> None:
    shelf = shared_book(cast)
    refused(signed_in(cast.charlie), f"/lore/{shelf}/leave", status=404)
    assert post(signed_in(cast.bob), f"/lore/{shelf}/leave")[0] == 302
    assert cast.bob.ask("GET", f"/api/knowledgeCollections/{shelf}")[0] == 404


def test_level_copies_and_end_are_kept_as_the_api_has_them(cast: Cast) -> None:
    shelf = book(cast.alice)
    me = signed_in(cast.alice)
    given = {"level": "public", "until": "2099-05-01", "password": "", "allow_collaboration": "on"}
    assert post(me, f"/lore/{shelf}/sharing", **given)[0] == 302
    kept = sharing_of(cast, shelf)
    assert (kept["sharing_level"], kept["is_public"], kept["allow_fork"]) == ("public", True, False)
    assert kept["sharing_expiration"] == "2099-05-01T23:59:59.000Z"
    text = page(me, f"/lore/{shelf}/sharing")
    assert "until 1 May 2099" in text
    assert "Copy" not in page(signed_in(cast.bob), f"/lore/{shelf}")
    refused(signed_in(cast.bob), f"/lore/{shelf}/fork", status=403)
    refused(me, f"/lore/{shelf}/sharing", **{**given, "until": "2020-01-01"}, says="This day is over.")
    refused(me, f"/lore/{shelf}/sharing", **{**given, "level": "open"})
    assert post(me, f"/lore/{shelf}/sharing", level="private", until="", password="")[0] == 302
    kept = sharing_of(cast, shelf)
    assert (kept["sharing_level"], kept["is_public"], kept["sharing_expiration"]) == ("private", False, None)
    assert signed_in(cast.bob).get(f"/lore/{shelf}").status_code == 404


def test_an_end_that_the_page_does_not_change_stays_to_the_second(cast: Cast) -> None:
    shelf = book(cast.alice, sharing_settings={"sharing_level": "shared", "sharing_expiration": "2099-05-01T08:30:00Z"})
    assert post(signed_in(cast.alice), f"/lore/{shelf}/sharing", **{**SHARED, "until": "2099-05-01"})[0] == 302
    assert sharing_of(cast, shelf)["sharing_expiration"] == "2099-05-01T08:30:00.000Z"


def test_a_password_is_set_used_kept_and_taken_away(cast: Cast) -> None:
    shelf = book(cast.alice)
    entry(cast.alice, shelf, "The hart is white.", "shared")
    entry(cast.alice, shelf, "The king is a fox.", "private")
    me, charlie = signed_in(cast.alice), signed_in(cast.charlie)
    assert post(me, f"/lore/{shelf}/sharing", **{**SHARED, "password": " cinnamon "})[0] == 302
    text = page(me, f"/lore/{shelf}/sharing")
    assert "cinnamon" not in text
    assert f"/lore/{shelf}/open" in text
    assert "A password, please" in page(charlie, f"/lore/{shelf}/open")
    refused(charlie, f"/lore/{shelf}/open", password="cinnamon", says="This password does not open it.")
    post(me, f"/lore/{shelf}/sharing", **SHARED)
    status, text = post(charlie, f"/lore/{shelf}/open", password=" cinnamon ")
    assert status == 200
    assert "The hart is white." in text
    assert "The king is a fox." not in text
    assert charlie.get(f"/lore/{shelf}").status_code == 404
    assert post(me, f"/lore/{shelf}/sharing", **SHARED, no_password="on")[0] == 302
    refused(charlie, f"/lore/{shelf}/open", password=" cinnamon ", status=404)


def test_the_page_that_asks_for_a_password_tells_nothing_of_what_is_there(cast: Cast) -> None:
    shelf = book(cast.alice)
    charlie = signed_in(cast.charlie)
    there, missing = page(charlie, f"/lore/{shelf}/open"), page(charlie, "/lore/999999/open")
    token = re.compile(r'(?:value|content)="\w{64}"')
    assert token.sub("", there).replace(f"/lore/{shelf}/", "/lore/999999/") == token.sub("", missing)
    refused(charlie, f"/lore/{shelf}/open", password="x", status=404)
    refused(charlie, "/lore/999999/open", password="x", status=404)


def test_entries_are_opened_together_and_one_by_one(cast: Cast) -> None:
    shelf = shared_book(cast)
    me = signed_in(cast.alice)
    hidden = cast.alice.get("/api/knowledge?where[entry][contains]=fox&depth=0")["docs"][0]["id"]
    assert cast.bob.ask("GET", f"/api/knowledge/{hidden}")[0] == 404
    assert post(me, f"/lore/{shelf}/sharing/entries", level="shared")[0] == 302
    assert cast.bob.get(f"/api/knowledge/{hidden}")["entry"] == "The king is a fox."
    form = {"entry": "The king is a fox.", "activation_mode": "hybrid", "keywords_logic": "AND_ANY"}
    given = {**form, "position": "before_char", "privacy_level": "private"}
    assert post(me, f"/lore/{shelf}/entries/{hidden}", **given)[0] == 302
    assert cast.bob.ask("GET", f"/api/knowledge/{hidden}")[0] == 404
    before = cast.alice.get("/api/knowledge?depth=0")["docs"]
    post(me, f"/lore/{shelf}/sharing/entries", level="loud")
    assert cast.alice.get("/api/knowledge?depth=0")["docs"] == before


POSTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", SHARED),
    ("/entries", {"level": "public"}),
    ("/people", {"who": "charlie@cafe.test", "permissions": "admin"}),
    ("/people/{bob}/remove", {}),
    ("/shares/{bob}/end", {}),
)


@pytest.mark.parametrize("path", [path for path, _ in POSTS])
def test_nobody_but_those_who_decide_changes_the_sharing(cast: Cast, path: str) -> None:
    shelf = shared_book(cast, "write")
    given = dict(POSTS)[path]
    where = f"/lore/{shelf}/sharing{path.format(bob=cast.bob.id)}"
    refused(signed_in(cast.bob), where, status=403, **given)
    refused(signed_in(cast.charlie), where, status=404, **given)
    assert signed_in(cast.bob).get(f"/lore/{shelf}/sharing").status_code == 403
    assert signed_in(cast.charlie).get(f"/lore/{shelf}/sharing").status_code == 404


def test_an_admin_decides_who_sees_it_and_only_the_owner_asks_people_in(cast: Cast) -> None:
    shelf = shared_book(cast, "admin")
    bob = signed_in(cast.bob)
    assert "Invite a collaborator" not in page(bob, f"/lore/{shelf}/sharing")
    assert post(bob, f"/lore/{shelf}/sharing", **{**SHARED, "level": "public"})[0] == 302
    assert sharing_of(cast, shelf)["sharing_level"] == "public"
    refused(bob, f"/lore/{shelf}/sharing/people", who="charlie@cafe.test", permissions="admin")


def test_a_reader_opens_no_form_of_the_collection_and_a_writer_none_of_anothers_entry(cast: Cast) -> None:
    shelf = shared_book(cast)
    number = cast.bob.get("/api/knowledge?where[entry][contains]=hart&depth=0")["docs"][0]["id"]
    bob = signed_in(cast.bob)
    for path in ("edit", "entries/new", f"entries/{number}"):
        assert bob.get(f"/lore/{shelf}/{path}").status_code == 403
        refused(bob, f"/lore/{shelf}/{path}", status=403, name="Mine now", entry="x")
    post(signed_in(cast.alice), f"/lore/{shelf}/sharing/people", who=cast.bob.id, permissions="write", for_all="on")
    assert bob.get(f"/lore/{shelf}/entries/{number}").status_code == 403
    assert bob.get(f"/lore/{shelf}/entries/new").status_code == 200
    text = page(bob, f"/lore/{shelf}")
    assert f"/lore/{shelf}/entries/{number}" not in text
    assert "Delete this collection" not in text


def test_a_writer_changes_the_settings_and_not_where_it_is_heard(cast: Cast) -> None:
    shelf = shared_book(cast, "write")
    bot = cast.alice.make("bot", bot_data())
    cast.alice.ask("PATCH", f"/api/knowledgeCollections/{shelf}", {"bot": [bot["id"]]})
    bob = signed_in(cast.bob)
    assert "Mocha" not in page(bob, f"/lore/{shelf}")
    assert "Bots that have it" not in page(bob, f"/lore/{shelf}/edit")
    assert post(bob, f"/lore/{shelf}/edit", name="The new valley", is_everywhere="on")[0] == 302
    kept = cast.alice.get(f"/api/knowledgeCollections/{shelf}?depth=0")
    assert (kept["name"], kept["bot"], kept["lore_settings"]["is_everywhere"]) == ("The new valley", [bot["id"]], False)


def test_a_share_over_the_api_is_told_and_ended_on_the_page(cast: Cast) -> None:
    shelf = book(cast.alice)
    share = {"resource_type": "knowledgeCollections", "resource_id": str(shelf), "permission_level": "read"}
    cast.alice.make("accessControl", {**share, "shared_with_users": [cast.bob.id]})
    assert f'href="/lore/{shelf}"' in page(signed_in(cast.bob), "/lore")
    assert "Shared over the API" in page(signed_in(cast.alice), f"/lore/{shelf}/sharing")
    assert post(signed_in(cast.alice), f"/lore/{shelf}/sharing/shares/{cast.bob.id}/end")[0] == 302
    assert cast.bob.ask("GET", f"/api/knowledgeCollections/{shelf}")[0] == 404


def test_the_counts_are_those_of_the_collection(cast: Cast) -> None:
    shelf = shared_book(cast)
    for _ in range(2):
        page(signed_in(cast.bob), f"/lore/{shelf}")
    post(signed_in(cast.bob), f"/lore/{shelf}/fork")
    text = "".join(page(signed_in(cast.alice), f"/lore/{shelf}/sharing").split())
    assert "<dt>lookedat</dt><dd>2</dd>" in text
    assert "<dt>copied</dt><dd>1</dd>" in text


def chat_of(cast: Cast) -> int:
    """A chat of Alice with a bot of hers."""
    cast.alice.make("bot", bot_data())
    status, where = post(signed_in(cast.alice), "/bots/mocha/chat")
    assert status == 302
    return int(where.rpartition("/")[2])


def thing(cast: Cast, kind: str) -> tuple[str, str]:
    """A bot or a chat of Alice's: its page, and its address in the API."""
    if kind == "bot":
        return "/bots/mocha", f"/api/bot/{cast.alice.make('bot', bot_data())['id']}"
    number = chat_of(cast)
    return f"/chats/{number}", f"/api/conversation/{number}"


@pytest.mark.parametrize("kind", ["bot", "conversation"])
def test_a_bot_and_a_chat_are_shared_changed_and_taken_back(cast: Cast, kind: str) -> None:
    where, api = thing(cast, kind)
    me, bob = signed_in(cast.alice), signed_in(cast.bob)
    assert bob.get(where).status_code == 404
    assert post(me, f"{where}/sharing", who="bob@cafe.test", level="read", until="2099-05-01")[0] == 302
    assert "until 1 May 2099" in page(me, f"{where}/sharing")
    page(bob, where)
    assert f'href="{where}"' in page(bob, "/bots/mine" if kind == "bot" else "/chats?view=shared")
    assert cast.bob.ask("PATCH", api, {})[0] in {403, 404}
    assert post(me, f"{where}/sharing", who=cast.bob.id, level="write", until="")[0] == 302
    assert cast.bob.ask("PATCH", api, {})[0] == 200
    rows = cast.alice.get("/api/accessControl?depth=0")["docs"]
    assert [(row["permission_level"], row["share_expiration"]) for row in rows] == [("write", None)]
    assert bob.get(f"{where}/sharing").status_code == 403
    refused(bob, f"{where}/sharing", status=403, who="charlie@cafe.test", level="read")
    refused(bob, f"{where}/sharing/{cast.bob.id}/end", status=403)
    assert post(me, f"{where}/sharing/{cast.bob.id}/end")[0] == 302
    assert bob.get(where).status_code == 404
    assert cast.alice.get("/api/accessControl")["docs"] == []


@pytest.mark.parametrize("kind", ["bot", "conversation"])
def test_a_stranger_finds_no_page_of_sharing_and_an_owner_is_told_of_faults(cast: Cast, kind: str) -> None:
    where, _ = thing(cast, kind)
    charlie = signed_in(cast.charlie)
    assert charlie.get(f"{where}/sharing").status_code == 404
    refused(charlie, f"{where}/sharing", status=404, who="charlie@cafe.test", level="read")
    refused(charlie, f"{where}/sharing/{cast.bob.id}/end", status=404)
    me = signed_in(cast.alice)
    for who in ("nobody@cafe.test", "999999", "Bob", "alice@cafe.test", ""):
        refused(me, f"{where}/sharing", who=who, level="read")
    refused(me, f"{where}/sharing", who="bob@cafe.test", level="own")
    refused(me, f"{where}/sharing", who="bob@cafe.test", level="read", until="2020-01-01", says="This day is over.")
    refused(me, f"{where}/sharing/{cast.bob.id}/end", status=404)


def test_one_of_several_is_taken_off_a_share_and_the_others_stay(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data())
    people = [cast.bob.id, cast.charlie.id]
    share = {"resource_type": "bot", "resource_id": str(bot["id"]), "permission_level": "read"}
    cast.alice.make("accessControl", {**share, "shared_with_users": people})
    assert post(signed_in(cast.alice), f"/bots/mocha/sharing/{cast.bob.id}/end")[0] == 302
    assert cast.bob.ask("GET", f"/api/bot/{bot['id']}")[0] == 404
    assert cast.charlie.ask("GET", f"/api/bot/{bot['id']}")[0] == 200


def test_a_public_bot_is_not_shared_by_those_who_see_it(cast: Cast) -> None:
    cast.alice.make("bot", bot_data(is_public=True))
    assert signed_in(cast.bob).get("/bots/mocha/sharing").status_code == 403
    refused(signed_in(cast.bob), "/bots/mocha/sharing", status=403, who=cast.bob.id, level="admin")


def test_reading_a_shared_chat_shows_its_words_and_no_writing_line(cast: Cast) -> None:
    number = chat_of(cast)
    post(signed_in(cast.alice), f"/chats/{number}/sharing", who="bob@cafe.test", level="read")
    cast.alice.make("message", {"conversation": number, "entry": "It rains **here**.", "byte_size": 1})
    text = page(signed_in(cast.bob), f"/chats/{number}")
    assert "Mocha" in text
    assert "It rains <strong>here</strong>." in text
    assert "The owner" in text
    assert "{&#x27;id&#x27;" not in text
    assert "Bob" not in text.partition("<main")[2]
    assert 'name="entry"' not in text
    assert f"/chats/{number}/sharing" not in text
    refused(signed_in(cast.bob), f"/chats/{number}/delete", status=404)
