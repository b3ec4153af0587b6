"""Parts follow their whole: messages in a chat, entries in a lore collection, and files of what is shared."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from botcafe.cms.schema.collection import get_collection
from botcafe.kit.instants import now
from tests.people import Person
from tests.suites.attempts import LETTERS, attempt, prove
from tests.suites.refusals import signed_in
from tests.suites.rows import MULTIPART, House, changed, everything, multipart
from tests.suites.test_sharing import TOMORROW, YESTERDAY, share

VERBS = [verb for verb in LETTERS if verb != "create"]
Part = tuple[str, int, int]
"""The slug of a part of Bob's in a whole of Alice's, its id, and the id of the whole."""
Ending = Callable[[House, Part], None]


def line_in_shared_chat(house: House) -> Part:
    """Bob's message in a chat of Alice's that she shares for writing."""
    chat = house.fresh("conversation", house.cast.alice)["id"]
    house.kept["share", "last"] = {"id": share(house, "conversation", chat, "write")}
    return "message", house.fresh("message", house.cast.bob, conversation=chat)["id"], chat


def entry_of_collaborator(house: House) -> Part:
    """Bob's entry in a lore collection of Alice's whose list of collaborators names him."""
    people = {"collab_user_ids": [house.cast.bob.id], "collab_perms": ["read", "write"]}
    sharing = {"sharing_level": "shared"}
    book = house.fresh("knowledgeCollections", house.cast.alice, sharing_settings=sharing, collaborators=people)["id"]
    return "knowledge", entry_in(house, book), book


def entry_in_shared_book(house: House) -> Part:
    """Bob's entry in a lore collection that Alice shares with him by name."""
    book = house.fresh("knowledgeCollections", house.cast.alice)["id"]
    house.kept["share", "last"] = {"id": share(house, "knowledgeCollections", book, "write")}
    return "knowledge", entry_in(house, book), book


def entry_in(house: House, book: int) -> int:
    """A shared entry of Bob's."""
    level = {"privacy_level": "shared"}
    made: int = house.fresh("knowledge", house.cast.bob, knowledge_collection=book, privacy_settings=level)["id"]
    return made


def unshare(house: House, part: Part) -> None:
    """End the share."""
    row = house.kept["share", "last"]["id"]
    assert house.cast.alice.ask("DELETE", f"/api/accessControl/{row}")[0] == 200


def run_out(house: House, part: Part) -> None:
    """Let the share run out."""
    row = house.kept["share", "last"]["id"]
    assert house.cast.alice.ask("PATCH", f"/api/accessControl/{row}", {"share_expiration": YESTERDAY})[0] == 200


def to_trash(house: House, part: Part) -> None:
    """Delete the chat as the pages do: for thirty days it lies in its owner's trash."""
    get_collection("conversation").model.objects.filter(pk=part[2]).update(deleted_at=now())


def to_reading(house: House, part: Part) -> None:
    """Let Bob read on and write no more."""
    row = house.kept["share", "last"]["id"]
    assert house.cast.alice.ask("PATCH", f"/api/accessControl/{row}", {"permission_level": "read"})[0] == 200


def change_book(**changes: Any) -> Ending:
    """Change the collection that the entry is in."""

    def end(house: House, part: Part) -> None:
        status, answer = house.cast.alice.ask("PATCH", f"/api/knowledgeCollections/{part[2]}", changes)
        assert status == 200, answer

    return end


WHOLES: dict[str, Callable[[House], Part]] = {
    "message": line_in_shared_chat,
    "entry of a collaborator": entry_of_collaborator,
    "entry of a shared collection": entry_in_shared_book,
}
ENDINGS: dict[str, tuple[str, Ending]] = {
    "a share of a chat is deleted": ("message", unshare),
    "a share of a chat runs out": ("message", run_out),
    "a shared chat is deleted": ("message", to_trash),
    "a collaborator is removed": ("entry of a collaborator", change_book(collaborators={"collab_user_ids": []})),
    "a collection ends": ("entry of a collaborator", change_book(sharing_settings={"sharing_expiration": YESTERDAY})),
    "a collection is closed": ("entry of a collaborator", change_book(sharing_settings={"sharing_level": "private"})),
    "a share of a collection is deleted": ("entry of a shared collection", unshare),
    "a share of a collection runs out": ("entry of a shared collection", run_out),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_former_collaborator_reaches_nothing_of_what_they_wrote(house: House, ending: str, verb: str) -> None:
    kind, end = ENDINGS[ending]
    slug, row_id, _ = part = WHOLES[kind](house)
    end(house, part)
    prove(house, house.cast.bob, verb, slug, row_id, may=False)


@pytest.mark.parametrize("verb", [verb for verb in VERBS if LETTERS[verb] != "R"])
@pytest.mark.parametrize("kind", ["message", "entry of a shared collection"])
def test_who_may_only_read_on_changes_nothing(house: House, kind: str, verb: str) -> None:
    slug, row_id, _ = part = WHOLES[kind](house)
    to_reading(house, part)
    prove(house, house.cast.bob, verb, slug, row_id, may=False)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", WHOLES)
def test_a_collaborator_has_their_own_part_while_the_share_lasts(house: House, kind: str, verb: str) -> None:
    slug, row_id, _ = WHOLES[kind](house)
    prove(house, house.cast.bob, verb, slug, row_id, may=True)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_owner_of_the_whole_is_in_charge_of_all_that_is_in_it(house: House, ending: str, verb: str) -> None:
    kind, end = ENDINGS[ending]
    slug, row_id, _ = part = WHOLES[kind](house)
    end(house, part)
    prove(house, house.cast.alice, verb, slug, row_id, may=True)


def own_whole(house: House, who: Person, slug: str) -> tuple[str, int]:
    """The relation that says what a part is in, and a whole of the person's own."""
    whole = {"message": "conversation", "knowledge": "knowledge_collection"}[slug]
    return whole, house.id("conversation" if slug == "message" else "knowledgeCollections", who)


@pytest.mark.parametrize("kind", WHOLES)
@pytest.mark.parametrize("many", [False, True])
def test_nobody_takes_a_part_out_of_a_whole_of_another(house: House, kind: str, many: bool) -> None:
    slug, row_id, _ = WHOLES[kind](house)
    field, own = own_whole(house, house.cast.bob, slug)
    path = f"/api/{slug}?where[id][equals]={row_id}" if many else f"/api/{slug}/{row_id}"
    before = everything()
    status, answer = house.cast.bob.ask("PATCH", path, {field: own})
    assert status in {400, 403}, answer
    assert changed(before) == {}


def test_an_owner_moves_an_entry_from_one_collection_of_theirs_to_another(house: House) -> None:
    alice = house.cast.alice
    entry, other = house.fresh("knowledge", alice)["id"], house.fresh("knowledgeCollections", alice)["id"]
    assert alice.ask("PATCH", f"/api/knowledge/{entry}", {"knowledge_collection": other})[0] == 200
    assert alice.get(f"/api/knowledge/{entry}?depth=0")["knowledge_collection"] == other


def test_a_message_is_moved_by_nobody(house: House) -> None:
    alice = house.cast.alice
    line, other = house.fresh("message", alice)["id"], house.fresh("conversation", alice)["id"]
    before = everything()
    status, answer = alice.ask("PATCH", f"/api/message/{line}", {"conversation": other})
    assert (status, "stays in its chat" in str(answer)) == (400, True)
    assert changed(before) == {}


def decisions(house: House, slug: str) -> dict[str, Any]:
    """A value for every field of a shared thing that its owner alone decides about."""
    bob = house.cast.bob
    found: dict[str, dict[str, Any]] = {
        "conversation": {
            "model_choice": {"provider": "openai", "model": "dear"},
            "auto_mode": {"on": True, "turns": 50},
            "preset": house.id("samplerPresets", bob),
            "window_tokens": 100_000,
            "reply_tokens": 100_000,
            "is_memory_off": True,
            "requires_summarization": True,
            "bot_participation": [{"bot_id": house.id("bot", bob), "role": "primary"}],
            "conversation_type": "group-chat",
            "participants": {"personas": 5},
            "speaking_order": "list",
            "persona": house.id("personas", bob),
            "knowledge_collections": [house.id("knowledgeCollections", bob)],
            "scene": "another",
            "author_note": {"text": "say yes"},
            "active_leaf": None,
            "status": "archived",
            "origin": {"kind": "file"},
        },
        "bot": {
            "is_public": True,
            "is_definition_open": True,
            "slug": "stolen",
            "creator_display_name": "Bob",
            "card": {"files": {"a.png": 1}},
            "picture": upload(house.cast.alice)["id"] if slug == "bot" else None,
            "knowledge_collections": [house.id("knowledgeCollections", house.cast.alice)],
        },
    }
    return found[slug]


DECIDED = [(slug, name) for slug in ("conversation", "bot") for name in get_collection(slug).decided_by]


@pytest.mark.parametrize(("slug", "name"), DECIDED)
def test_a_share_for_writing_decides_about_nothing_of_the_owners(house: House, slug: str, name: str) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    row_id = house.fresh(slug, alice)["id"]
    if slug == "conversation":
        house.fresh("message", alice, conversation=row_id)
    share(house, slug, row_id, "admin")
    given: dict[str, Any] = {name: decisions(house, slug).get(name)}
    if name.startswith(("conversation_settings_", "conversation_metadata_")):
        group, _, rest = name.removeprefix("conversation_").partition("_")
        value: object = {"message_retention_days": 1, "conversation_summary": "all is well"}.get(rest, False)
        given = {f"conversation_{group}": {rest: value}}
    before = everything()
    for path in (f"/api/{slug}/{row_id}", f"/api/{slug}?where[id][equals]={row_id}"):
        status, answer = bob.ask("PATCH", path, given)
        assert status in {400, 403}, answer
        assert "decides about that" in str(answer)
        assert changed(before) == {}
    assert alice.ask(
        "PATCH", f"/api/{slug}/{row_id}", {k: v for k, v in given.items() if k != "knowledge_collections"}
    )[0] in {200, 400}


@pytest.mark.parametrize(("slug", "change"), [("conversation", {"title": "ours"}), ("bot", {"description": "ours"})])
def test_a_document_sent_back_whole_by_a_collaborator_changes_what_they_may(
    house: House, slug: str, change: dict[str, Any]
) -> None:
    row_id = house.fresh(slug, house.cast.alice)["id"]
    share(house, slug, row_id, "write")
    doc = house.cast.bob.get(f"/api/{slug}/{row_id}?depth=0")
    status, answer = house.cast.bob.ask("PATCH", f"/api/{slug}/{row_id}?depth=0", {**doc, **change})
    assert status == 200, answer
    assert answer["doc"] | {"updatedAt": ""} == doc | change | {"updatedAt": ""}


@pytest.mark.parametrize("level", ["read", "write", "admin"])
def test_a_guest_of_a_chat_begins_no_reply_and_changes_no_course_of_it(house: House, level: str) -> None:
    """Whoever pays for a reply is who asks for it."""
    bob, chat = house.cast.bob, house.fresh("conversation", house.cast.alice)["id"]
    line = house.fresh("message", house.cast.alice, conversation=chat)["id"]
    share(house, "conversation", chat, level)
    acts: list[tuple[str, dict[str, Any]]] = [
        ("turns", {"entry": "hello"}),
        ("turns", {"mode": "regenerate"}),
        ("turns", {"mode": "impersonate"}),
        ("preview", {"entry": "hello"}),
        ("settings", {"auto": {"on": True, "turns": 10}}),
        ("leaf", {"message": line}),
        ("remove", {"message": line}),
        ("clear", {}),
    ]
    before = everything()
    for act, body in acts:
        status, answer = bob.ask("POST", f"/api/conversation/{chat}/{act}", body)
        assert status in {403, 404}, (act, answer)
        assert changed(before) == {}, act


def test_a_guest_of_a_chat_speaks_for_nobody_else(house: House) -> None:
    bob, bot = house.cast.bob, house.fresh("bot", house.cast.alice, is_public=True)["id"]
    chat = house.fresh("conversation", house.cast.alice)["id"]
    share(house, "conversation", chat, "write")
    before = everything()
    for more in ({"bot": bot}, {"message_attribution": {"source_bot_id": bot}}):
        status, answer = bob.ask("POST", "/api/message", {"conversation": chat, "entry": "I am Mocha", **more})
        assert status == 400, answer
        assert changed(before) == {}


def test_the_line_of_a_guest_goes_to_the_model_under_the_guests_name(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    bob.make("creatorProfiles", {"display_name": "Bob the Guest"})
    chat = house.fresh("conversation", alice)["id"]
    share(house, "conversation", chat, "write")
    house.fresh("message", bob, conversation=chat, entry="let us go to the attic")
    status, answer = alice.ask("POST", f"/api/conversation/{chat}/preview", {"entry": "and then?"})
    assert status == 200, answer
    line = next(block for block in answer["blocks"] if "attic" in str(block.get("text")))
    assert "Bob the Guest" in str(line), line


def test_a_reader_is_shown_neither_former_words_nor_what_was_taken_out(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    chat = house.fresh("conversation", alice)["id"]
    share(house, "conversation", chat, "write")
    history = [{"previous_content": "cinnamon", "edited_at": TOMORROW}]
    line = house.fresh("message", alice, conversation=chat, message_status={"edit_history": history})["id"]
    gone = house.fresh("message", alice, conversation=chat, entry="cinnamon too")["id"]
    assert alice.ask("POST", f"/api/conversation/{chat}/remove", {"message": gone})[0] == 200
    assert attempt(bob, "read", "message", line, {})
    assert not attempt(bob, "read", "message", gone, {})
    listed = bob.get(f"/api/message?where[conversation][equals]={chat}&depth=3")
    assert listed["totalDocs"] == 1
    assert "cinnamon" not in str(listed)
    assert "cinnamon" in str(alice.get(f"/api/message/{line}"))
    assert alice.get(f"/api/message/{gone}")["entry"] == "cinnamon too"
    assert bob.ask("GET", "/api/message?where[message_status.edit_history.previous_content][like]=cinnamon")[0] == 400


def test_a_deleted_bot_is_gone_for_those_it_was_shared_with(house: House) -> None:
    bot = house.fresh("bot", house.cast.alice)["id"]
    share(house, "bot", bot, "write")
    assert attempt(house.cast.bob, "read", "bot", bot, {})
    get_collection("bot").model.objects.filter(pk=bot).update(deleted_at=now())
    for verb in VERBS:
        prove(house, house.cast.bob, verb, "bot", bot, may=False)
    assert attempt(house.cast.alice, "read", "bot", bot, {})


LOCKS: dict[str, dict[str, Any]] = {
    "password": {"sharing_settings": {"share_password": "cinnamon"}},
    "expiry": {"sharing_settings": {"sharing_expiration": YESTERDAY}},
}


@pytest.mark.parametrize("verb", [verb for verb in VERBS if LETTERS[verb] == "R"])
@pytest.mark.parametrize("lock", [*LOCKS, "no sharing"])
def test_the_lock_of_a_public_collection_is_that_of_its_public_entries(house: House, lock: str, verb: str) -> None:
    alice, charlie = house.cast.alice, house.cast.charlie
    public = {"sharing_settings": {"sharing_level": "public", "is_public": True}}
    book = house.fresh("knowledgeCollections", alice, **public)["id"]
    level = {"privacy_level": "public"}
    entry = house.fresh("knowledge", alice, knowledge_collection=book, privacy_settings=level)["id"]
    assert attempt(charlie, verb, "knowledge", entry, {})
    if lock == "no sharing":
        alice.ask("PATCH", f"/api/knowledge/{entry}", {"privacy_settings": {"allow_sharing": False}})
    else:
        assert alice.ask("PATCH", f"/api/knowledgeCollections/{book}", LOCKS[lock])[0] == 200
    for who in (charlie, house.cast.bob, house.cast.stranger):
        prove(house, who, verb, "knowledge", entry, may=False)
    assert attempt(alice, verb, "knowledge", entry, {})


def test_an_entry_that_allows_no_sharing_is_shared_by_no_list(house: House) -> None:
    settings = {"privacy_level": "shared", "allow_sharing": False}
    access = {"shared_with_user_ids": [house.cast.bob.id], "permissions": ["write"]}
    entry = house.fresh("knowledge", house.cast.alice, privacy_settings=settings, shared_access=access)["id"]
    share(house, "knowledge", entry, "write")
    for verb in VERBS:
        prove(house, house.cast.bob, verb, "knowledge", entry, may=False)


def upload(who: Person) -> dict[str, Any]:
    """A picture of the person's."""
    status, answer = who.ask("POST", "/api/media?depth=0", multipart({"alt": "a cup"}), content_type=MULTIPART)
    assert status == 201
    doc: dict[str, Any] = answer["doc"]
    return doc


@pytest.mark.parametrize("thing", ["bot", "message"])
def test_a_file_is_seen_by_those_who_may_read_what_shows_it(house: House, thing: str) -> None:
    alice, bob, picture = house.cast.alice, house.cast.bob, upload(house.cast.alice)
    if thing == "bot":
        whole = house.fresh("bot", alice, picture=picture["id"])["id"]
    else:
        whole = house.fresh("conversation", alice)["id"]
        house.fresh("message", alice, conversation=whole, message_content={"media_attachments": [picture["id"]]})
    file = f"/api/media/file/{picture['filename']}"
    assert bob.ask("GET", file)[0] == 404
    made = share(house, "bot" if thing == "bot" else "conversation", whole, "read")
    assert bob.ask("GET", file)[0] == 200
    assert house.cast.charlie.ask("GET", file)[0] == 404
    assert alice.ask("DELETE", f"/api/accessControl/{made}")[0] == 200
    assert bob.ask("GET", file)[0] == 404


def test_a_collaborator_on_a_bot_shows_no_private_file_or_lore_of_its_owner(house: House) -> None:
    """Both are named by a number that is easily guessed, and read by all who may read the bot."""
    ada, alice, bob = house.cast.ada, house.cast.alice, house.cast.bob
    picture, book = upload(alice), house.fresh("knowledgeCollections", alice)["id"]
    bot = house.fresh("bot", alice)["id"]
    share(house, "bot", bot, "admin")
    before = everything()
    for named in ({"picture": picture["id"]}, {"knowledge_collections": [book]}):
        status, answer = bob.ask("PATCH", f"/api/bot/{bot}", named)
        assert (status, "decides about that" in str(answer)) == (403, True), answer
    assert ada.ask("PATCH", f"/api/bot/{bot}", {"knowledge_collections": [book]})[0] == 403, "an admin reads no lore"
    assert changed(before) == {}
    assert bob.ask("GET", f"/api/media/file/{picture['filename']}")[0] == 404


@pytest.mark.parametrize("page", ["turns", "drawer"])
def test_the_parts_of_the_owners_page_are_not_for_readers(house: House, page: str) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    chat = house.fresh("conversation", alice)["id"]
    history = [{"previous_content": "cinnamon", "edited_at": TOMORROW}]
    house.fresh("message", alice, conversation=chat, message_status={"edit_history": history})
    share(house, "conversation", chat, "read")
    assert signed_in(bob).get(reverse("chats:chat", args=[chat])).status_code == 200
    assert b"cinnamon" not in signed_in(bob).get(reverse("chats:chat", args=[chat])).content
    assert signed_in(bob).get(reverse(f"chats:{page}", args=[chat])).status_code == 404
    assert signed_in(alice).get(reverse(f"chats:{page}", args=[chat])).status_code == 200
