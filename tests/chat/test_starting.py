"""Opening, deleting and taking back a chat over the API; greetings; chats that leave nothing."""

from typing import Any

import pytest

from tests.chat.talking import Talker


def slug_of(talker: Talker, **more: Any) -> str:
    """The slug of a new bot with three greetings."""
    greetings = {"greeting": "Hello {{user}}, I am {{char}}.", "alternate_greetings": ["Second", "Third"]}
    number = talker.bot("Mocha", **greetings, **more)
    found: str = talker.good("GET", f"/api/bot/{number}?depth=0")["slug"]
    return found


def test_the_greetings_are_alternatives_of_the_first_message(alice: Talker) -> None:
    chat = alice.good("POST", "/api/account/chats", {"bot": slug_of(alice), "greeting": 1})["id"]
    assert alice.texts(chat) == ["Second"]
    where = f"/api/message?depth=0&where[conversation][equals]={chat}&sort=id"
    rows = alice.good("GET", where.replace("[", "%5B").replace("]", "%5D"))["docs"]
    assert [row["entry"] for row in rows] == ["Hello Alice, I am Mocha.", "Second", "Third"]
    assert alice.act(chat, "leaf", message=rows[2]["id"])["leaf"] == rows[2]["id"]
    turn = alice.turn(chat, "Good evening")
    assert alice.message(turn["message"]["id"])["parent"] == rows[2]["id"]
    assert (
        alice.ask("POST", f"/api/conversation/{chat}/turns", {"mode": "regenerate", "message": rows[2]["id"]})[0] == 400
    )


@pytest.mark.parametrize("body", [{}, {"bot": 5}, {"bot": "nobody-here"}, {"bot": "x", "greeting": "one"}])
def test_a_chat_that_cannot_be_opened_is_not(alice: Talker, body: dict[str, Any]) -> None:
    before = alice.good("GET", "/api/conversation/count")
    assert alice.ask("POST", "/api/account/chats", body)[0] in {400, 404}
    assert alice.good("GET", "/api/conversation/count") == before


def test_a_deleted_chat_comes_back_whole(alice: Talker, bob: Talker) -> None:
    chat = alice.good("POST", "/api/account/chats", {"bot": slug_of(alice)})["id"]
    alice.turn(chat, "Remember this")
    before = alice.texts(chat)
    alice.act(chat, "delete")
    assert alice.ask("POST", f"/api/conversation/{chat}/turns", {"entry": "Hello?"})[0] == 404
    assert not [h for h in alice.good("GET", "/api/account/search?q=Remember")["hits"] if h["conversation"] == chat]
    assert bob.ask("POST", f"/api/conversation/{chat}/restore", {})[0] == 404
    alice.act(chat, "restore")
    assert alice.texts(chat) == before


def test_a_temporary_chat_leaves_nothing_but_a_count_of_tokens(alice: Talker, bob: Talker) -> None:
    word = "unrepeatableword"
    chat = alice.good("POST", "/api/account/chats", {"bot": slug_of(alice), "temporary": True})["id"]
    turn = alice.turn(chat, word)
    assert alice.good("GET", f"/api/account/search?q={word}")["hits"] == []
    assert bob.ask("POST", f"/api/conversation/{chat}/end", {})[0] == 404
    alice.act(chat, "end")
    assert alice.ask("GET", f"/api/conversation/{chat}")[0] == 404
    assert alice.ask("GET", f"/api/message/{turn['message']['id']}")[0] == 404
    assert alice.ask("GET", f"/api/generations/{turn['generations'][0]['id']}")[0] == 404
    assert alice.ask("POST", f"/api/conversation/{chat}/end", {})[0] == 404
    lasting = alice.good("POST", "/api/account/chats", {"bot": slug_of(alice)})["id"]
    assert alice.ask("POST", f"/api/conversation/{lasting}/end", {})[0] == 404
    assert alice.texts(lasting)
