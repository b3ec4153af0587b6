"""Personas: made, changed, worn and forgotten by their owner alone; one of them is the usual one."""

from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything, png
from tests.web.visiting import file, page, post, refused

KNIGHT = {
    "name": "Sir Oat",
    "description": "A knight who is tired of dragons.",
    "tone": "playful",
    "tags": "brave, tall",
}
BACKUP = {
    "personas": {"a.png": "Ann", "b.png": "Ben", "c.png": "Cleo"},
    "persona_descriptions": {
        "a.png": {"description": "Ann keeps bees.", "position": 0},
        "b.png": {"description": "", "title": "the baker", "position": 9, "lorebook": "Bread"},
    },
    "default_persona": "a.png",
}


def made(who: Person, **more: Any) -> int:
    """A persona that was made on the page."""
    status, where = post(signed_in(who), "/personas/new", **{**KNIGHT, **more})
    assert status == 302, where
    return int(where.removeprefix("/personas?made="))


def chat_of(who: Person, slug: str = "mocha") -> int:
    """A chat of theirs with a bot of theirs."""
    if not who.get(f"/api/bot?where[slug][equals]={slug}")["docs"]:
        who.make("bot", bot_data(slug))
    return int(post(signed_in(who), f"/bots/{slug}/chat")[1].rpartition("/")[2])


def defaults(who: Person) -> list[int]:
    """Which of their personas are the usual one."""
    found = who.get(f"/api/personas?where[user][equals]={who.id}&where[is_default][equals]=true&depth=0")
    return [doc["id"] for doc in found["docs"]]


def test_an_empty_list_says_what_a_persona_is_for(cast: Cast) -> None:
    text = page(signed_in(cast.alice), "/personas")
    assert "A persona is who you are in a chat" in text
    assert 'href="/personas/new"' in text


def test_a_persona_is_made_with_all_its_fields(cast: Cast) -> None:
    client = signed_in(cast.alice)
    extra = {"communication_style": "direct", "humor_style": "dark", "formality_level": "very-formal"}
    number = made(cast.alice, **extra, custom_instructions="Call me Sir.", is_default="on")
    doc = cast.alice.get(f"/api/personas/{number}?depth=0")
    traits = {"tone": "playful", "communication_style": "direct", "humor_style": "dark"}
    assert doc["personality_traits"] == {**traits, "formality_level": "very-formal"}
    assert (doc["tags"], doc["custom_instructions"], doc["is_public"]) == (["brave", "tall"], "Call me Sir.", False)
    text = page(client, f"/personas?made={number}")
    assert "Use it in a chat" in text
    assert "default" in text
    assert "Humour: dark" in text
    form = page(client, f"/personas/{number}")
    assert 'value="brave, tall"' in form
    assert "Call me Sir." in form


def test_a_picture_is_stored_shown_and_removed(cast: Cast) -> None:
    client = signed_in(cast.alice)
    number = made(cast.alice, avatar=SimpleUploadedFile("me.png", png(), content_type="image/png"))
    url = cast.alice.get(f"/api/personas/{number}?depth=1")["appearance"]["avatar"]["url"]
    assert url in page(client, "/personas")
    assert post(client, f"/personas/{number}", **KNIGHT, no_picture="on") == (302, "/personas")
    assert cast.alice.get(f"/api/personas/{number}?depth=0")["appearance"]["avatar"] is None
    assert url not in page(client, "/personas")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"description": ""},
        {"description": "x" * 501},
        {"tone": "loud"},
        {"avatar": SimpleUploadedFile("me.png", b"no picture", content_type="image/png")},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(cast: Cast, wrong: dict[str, Any]) -> None:
    number, client = made(cast.alice), signed_in(cast.alice)
    for path in ("/personas/new", f"/personas/{number}"):
        for given in wrong.values():
            if hasattr(given, "seek"):
                given.seek(0)
        refused(client, path, **{**KNIGHT, **wrong})


def test_only_one_persona_is_the_usual_one(cast: Cast) -> None:
    client = signed_in(cast.alice)
    first = made(cast.alice, is_default="on")
    bobs = made(cast.bob, is_default="on")
    second = made(cast.alice, name="Second", is_default="on")
    assert defaults(cast.alice) == [second]
    post(client, f"/personas/{first}/default")
    assert defaults(cast.alice) == [first]
    post(client, f"/personas/{first}/default", on="0")
    assert defaults(cast.alice) == []
    post(client, f"/personas/{second}", **KNIGHT, is_default="on")
    assert defaults(cast.alice) == [second]
    assert defaults(cast.bob) == [bobs]


def test_a_persona_is_used_in_a_chat_and_its_card_names_the_chat(cast: Cast) -> None:
    client, number = signed_in(cast.alice), made(cast.alice)
    assert "No chat yet" in page(client, f"/personas/{number}/wear")
    chat = chat_of(cast.alice)
    assert f'value="{chat}"' in page(client, f"/personas/{number}/wear")
    assert post(client, f"/personas/{number}/wear", chat=str(chat)) == (302, f"/chats/{chat}#latest")
    assert cast.alice.get(f"/api/conversation/{chat}?depth=0")["persona"] == number
    text = page(client, "/personas")
    assert f'href="/chats/{chat}"' in text
    assert "It is used in 1 chat:" in text


def test_a_deleted_persona_leaves_its_chats_alone(cast: Cast) -> None:
    client, number, chat = signed_in(cast.alice), made(cast.alice), chat_of(cast.alice)
    post(client, f"/personas/{number}/wear", chat=str(chat))
    assert "Yes, delete it" in page(client, "/personas")
    assert post(client, f"/personas/{number}/delete") == (302, "/personas")
    assert client.get(f"/personas/{number}").status_code == 404
    assert cast.alice.get(f"/api/conversation/{chat}?depth=0")["persona"] is None


def test_a_persona_that_something_needs_stays(cast: Cast) -> None:
    number = made(cast.alice)
    cast.alice.make("personaAnalytics", {"persona": number})
    before = everything()
    post(signed_in(cast.alice), f"/personas/{number}/delete")
    assert changed(before) == {}
    client = signed_in(cast.alice)
    post(client, f"/personas/{number}/delete")
    assert "still referred to" in page(client, "/personas")


def test_strangers_neither_see_nor_change_a_persona(cast: Cast) -> None:
    number = made(cast.alice, is_public="on")
    mine, theirs = chat_of(cast.alice), chat_of(cast.bob, "latte")
    before = everything()
    acts = ("", "/default", "/delete", "/wear")
    for who in (cast.bob, cast.charlie, cast.ada):
        client = signed_in(who)
        assert "Sir Oat" not in page(client, "/personas")
        for act in ("", "/wear"):
            assert client.get(f"/personas/{number}{act}").status_code == 404
        for act in acts:
            chat = str(theirs if who is cast.bob else mine)
            assert client.post(f"/personas/{number}{act}", {**KNIGHT, "name": "x", "chat": chat}).status_code == 404
    for path in ("/personas", "/personas/new", "/personas/import", *(f"/personas/{number}{act}" for act in acts)):
        assert Client().post(path, KNIGHT).headers["Location"].startswith("/login?")
    assert signed_in(cast.alice).post(f"/personas/{number}/wear", {"chat": str(theirs)}).status_code == 404
    assert signed_in(cast.alice).post(f"/personas/{number}/wear", {"chat": "x"}).status_code == 404
    assert changed(before) == {}
    for act in ("/default", "/delete"):
        assert signed_in(cast.alice).get(f"/personas/{number}{act}").status_code == 405


def test_a_persona_backup_is_imported_once(cast: Cast) -> None:
    client, data = signed_in(cast.alice), orjson.dumps(BACKUP)
    made(cast.alice, is_default="on")
    status, text = post(client, "/personas/import", file=file(data))
    assert status == 200
    assert "3 imported" in text
    assert "its lorebook is another file" in text
    docs = cast.alice.get(f"/api/personas?where[user][equals]={cast.alice.id}&sort=id&depth=0")["docs"][1:]
    assert [(d["name"], d["description"], d["is_default"]) for d in docs] == [
        ("Ann", "Ann keeps bees.", True),
        ("Ben", "the baker", False),
        ("Cleo", "Cleo, as brought from another place.", False),
    ]
    assert defaults(cast.alice) == [docs[0]["id"]]
    before = everything()
    assert "you have it already" in post(client, "/personas/import", file=file(data))[1]
    assert changed(before) == {}


def test_a_long_description_is_split_without_loss(cast: Cast) -> None:
    words = " ".join(f"word{number}" for number in range(300))
    inside = {"power_user": {"personas": {"a.png": "Ann"}, "persona_descriptions": {"a.png": {"description": words}}}}
    post(signed_in(cast.alice), "/personas/import", file=file(orjson.dumps(inside)))
    doc = cast.alice.get(f"/api/personas?where[user][equals]={cast.alice.id}&depth=0")["docs"][0]
    assert f"{doc['description']} {doc['custom_instructions']}" == words


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no JSON object"),
        (b"[1, 2]", "no JSON object"),
        (b'{"personas": {"a": ', "line 1, column"),
        (b'{"temperature": 1}', "holds no personas"),
        (b'{"personas": {}}', "is empty"),
        (b'{"personas": ["Ann"]}', "holds no personas"),
        (b'{"personas": ' + b'{"a": ' * 100 + b"1" + b"}" * 101, "deeper than"),
    ],
)
def test_a_file_of_something_else_is_refused_with_what_would_be_right(cast: Cast, data: bytes, says: str) -> None:
    refused(signed_in(cast.alice), "/personas/import", says=says, file=file(data))


def test_no_file_is_refused(cast: Cast) -> None:
    refused(signed_in(cast.alice), "/personas/import", says="Choose a file first")


def test_wrong_types_in_a_backup_are_passed_over(cast: Cast) -> None:
    odd = {"personas": {"a": 7, "b": "Ben"}, "persona_descriptions": {"a": [], "b": {"description": {"x": 1}}}}
    assert "2 imported" in post(signed_in(cast.alice), "/personas/import", file=file(orjson.dumps(odd)))[1]


def test_the_prompt_preview_uses_the_persona_and_quotes_the_replied_message(cast: Cast) -> None:
    """As the form would send them; what it would not take is refused in the same words, and nothing is kept."""
    knight, chat = made(cast.alice), chat_of(cast.alice)
    said = cast.alice.make("message", {"conversation": chat, "entry": "The kettle sings."})["id"]
    me, foreign = signed_in(cast.alice), made(cast.bob)
    before = everything()
    status, shown = post(me, f"/chats/{chat}/preview", entry="Who sang?", persona=knight, reply_to=said)
    assert status == 200
    assert "A knight who is tired of dragons." in shown
    assert "Sir Oat refers to what Alice said: “The kettle sings.”" in shown
    plain = post(me, f"/chats/{chat}/preview", entry="Who sang?", persona="", reply_to="")[1]
    assert "knight" not in plain
    assert "refers to" not in plain
    words = "There is no such persona of yours."
    assert post(me, f"/chats/{chat}/preview", entry="Who sang?", persona=foreign) == (404, words)
    words = "This message is not in the chat any more."
    assert post(me, f"/chats/{chat}/preview", entry="Who sang?", reply_to=10**9) == (404, words)
    assert post(me, f"/chats/{chat}/send", entry="Who sang?", persona=foreign)[0] in (302, 404)
    assert changed(before) == {}
