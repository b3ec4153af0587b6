"""The tree of a chat over the API: alternatives, edits, branches, taking out and taking back."""

from typing import Any

import pytest

from tests.chat.talking import Talker, reply_of


def test_regenerate_keeps_the_first_reply_as_an_alternative(alice: Talker) -> None:
    chat = alice.chat()
    first = alice.turn(chat, "Tea or coffee?")
    again = alice.turn(chat, mode="regenerate")
    assert again["message"] is None
    assert reply_of(again) != reply_of(first)
    assert alice.message(reply_of(again))["parent"] == first["message"]["id"]
    assert alice.message(reply_of(first))["entry"]
    assert alice.leaf(chat) == reply_of(again)
    assert alice.act(chat, "leaf", message=reply_of(first))["leaf"] == reply_of(first)


def test_a_swipe_leads_to_the_newest_end_of_that_branch(alice: Talker) -> None:
    chat = alice.chat()
    first = alice.turn(chat, "One")
    deep = alice.turn(chat, "Two")
    other = alice.turn(chat, mode="regenerate", message=reply_of(first))
    assert alice.leaf(chat) == reply_of(other)
    assert alice.act(chat, "leaf", message=reply_of(first))["leaf"] == reply_of(deep)
    assert alice.act(chat, "leaf", message=reply_of(first), exact=True)["leaf"] == reply_of(first)
    branch = alice.turn(chat, "Two, another way")
    assert alice.message(branch["message"]["id"])["parent"] == reply_of(first)
    assert "Two" not in alice.texts(chat)


def test_continue_goes_on_in_the_same_message(alice: Talker) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "Go on and on")
    before = alice.message(reply_of(turn))["entry"]
    more = alice.turn(chat, mode="continue")
    assert reply_of(more) == reply_of(turn)
    after = alice.message(reply_of(turn))["entry"]
    assert after.startswith(before)
    assert len(after) > len(before)
    start, *rest = more["events"][0]
    known = before if start.data["before_html"] else ""  # who comes after its end is told the whole
    assert int(start.id.split(":")[1]) == len(known)
    assert known + "".join(event.data["text"] for event in rest if event.kind == "token") == after


def test_continue_under_my_own_words_is_a_reply(alice: Talker) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "Hello")
    alice.act(chat, "leaf", message=turn["message"]["id"], exact=True)
    more = alice.turn(chat, mode="continue")
    assert alice.message(reply_of(more))["parent"] == turn["message"]["id"]


def test_impersonate_writes_a_line_of_mine(alice: Talker) -> None:
    chat = alice.chat()
    alice.turn(chat, "Hello")
    mine = alice.turn(chat, mode="impersonate")
    assert mine["generations"][0]["bot"] is None
    assert alice.message(reply_of(mine))["bot"] is None
    assert alice.message(reply_of(mine))["entry"]


def test_an_edit_keeps_what_was_said_before(alice: Talker) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "I like tee")
    answer = alice.act(chat, "edit", message=turn["message"]["id"], entry="I like tea", reason="typo")
    assert "I like tea" in answer["message"]["html"]
    row = alice.message(turn["message"]["id"])
    assert row["entry"] == "I like tea"
    assert row["message_status"]["is_edited"] is True
    assert [(e["previous_content"], e["edit_reason"]) for e in row["message_status"]["edit_history"]] == [
        ("I like tee", "typo")
    ]
    assert alice.message(reply_of(turn))["parent"] == turn["message"]["id"]


@pytest.mark.parametrize("entry", ["", "  ", None, 7, "x" * 100_001])
def test_an_edit_that_does_not_fit_changes_nothing(alice: Talker, entry: object) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "Keep me")
    before = alice.message(turn["message"]["id"])
    body = {"message": turn["message"]["id"], "entry": entry}
    assert alice.ask("POST", f"/api/conversation/{chat}/edit", body)[0] == 400
    assert alice.message(turn["message"]["id"]) == before


def test_a_message_in_the_middle_is_taken_out_and_back(alice: Talker) -> None:
    chat = alice.chat()
    one, two = alice.turn(chat, "One"), alice.turn(chat, "Two")
    before = alice.texts(chat)
    gone = alice.act(chat, "remove", message=one["message"]["id"])
    assert gone["leaf"] == reply_of(two)
    page = alice.good("POST", f"/api/conversation/{chat}/preview", {})
    sent = [b["text"] for b in page["blocks"] if b["slot"] == "history"]
    assert "One" not in sent
    assert "Two" in sent
    assert alice.act(chat, "undo", undo=gone["undo"])["leaf"] == reply_of(two)
    assert alice.texts(chat) == before
    assert alice.ask("POST", f"/api/conversation/{chat}/undo", {"undo": gone["undo"]})[0] == 404


def test_all_after_a_message_goes_with_it_and_comes_back(alice: Talker) -> None:
    chat = alice.chat()
    one, two = alice.turn(chat, "One"), alice.turn(chat, "Two")
    gone = alice.act(chat, "remove", message=reply_of(one), following=True)
    assert gone["leaf"] == one["message"]["id"]
    assert alice.act(chat, "undo", undo=gone["undo"])["leaf"] == reply_of(two)


def test_a_removed_alternative_gives_way_to_its_neighbour(alice: Talker) -> None:
    chat = alice.chat()
    first = alice.turn(chat, "Hello")
    second = alice.turn(chat, mode="regenerate")
    gone = alice.act(chat, "remove", message=reply_of(second))
    assert gone["leaf"] == reply_of(first)


def test_clearing_a_chat_can_be_taken_back(alice: Talker) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "One")
    gone = alice.act(chat, "clear")
    assert gone["leaf"] is None
    assert alice.turn(chat, "A new start")["message"]["id"]
    assert alice.act(chat, "undo", undo=gone["undo"])["leaf"] == reply_of(turn)


def test_a_fork_is_a_chat_of_its_own(alice: Talker) -> None:
    chat = alice.chat(title="Harbour")
    one = alice.turn(chat, "One")
    alice.turn(chat, "Two")
    made = alice.act(chat, "fork", message=reply_of(one))
    assert alice.texts(made["id"]) == alice.texts(chat)[:2]
    assert alice.turn(made["id"], "Elsewhere")["message"]["id"]
    assert "Elsewhere" not in alice.texts(chat)


def test_a_reaction_is_put_on_and_taken_off(alice: Talker) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "Hello")
    assert alice.act(chat, "react", message=reply_of(turn), emoji="❤") == {"reactions": {"❤": 1}, "mine": ["❤"]}
    assert alice.act(chat, "react", message=reply_of(turn), emoji="❤") == {"reactions": {}, "mine": []}
    assert alice.ask("POST", f"/api/conversation/{chat}/react", {"message": reply_of(turn), "emoji": "abc"})[0] == 400


def test_a_quote_names_a_message_of_the_same_chat(alice: Talker) -> None:
    chat, other = alice.chat(), alice.chat()
    turn = alice.turn(chat, "Hello")
    more = alice.turn(chat, "About that", reply_to=reply_of(turn))
    assert alice.message(more["message"]["id"])["message_thread"]["reply_to_id"] == reply_of(turn)
    status, _ = alice.ask("POST", f"/api/conversation/{other}/turns", {"entry": "x", "reply_to": reply_of(turn)})
    assert status == 404
    assert alice.leaf(other) is None


def test_an_old_page_is_told_where_the_chat_stands(alice: Talker) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "One")
    old = {"parent": turn["message"]["id"]}
    for name, body in (("leaf", {"message": reply_of(turn)}), ("remove", {"message": reply_of(turn)})):
        status, answer = alice.ask("POST", f"/api/conversation/{chat}/{name}", {**old, **body})
        assert status == 409, name
        assert answer["errors"][0]["data"]["active_leaf"] == reply_of(turn)
    assert alice.leaf(chat) == reply_of(turn)


@pytest.mark.parametrize(
    "name", ["leaf", "edit", "remove", "fork", "react", "undo", "clear", "read", "settings", "bots"]
)
def test_a_stranger_changes_nothing(alice: Talker, bob: Talker, name: str) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "Private")
    before = alice.texts(chat)
    usual: dict[str, object] = {"message": reply_of(turn), "entry": "x", "emoji": "❤", "undo": "x"}
    body: Any = {"settings": {"title": "Mine"}, "bots": {"mute": 1}}.get(name, usual)
    assert bob.ask("POST", f"/api/conversation/{chat}/{name}", body)[0] == 404
    assert alice.texts(chat) == before


def test_a_message_of_another_chat_is_no_target(alice: Talker) -> None:
    chat, other = alice.chat(), alice.chat()
    turn = alice.turn(other, "Elsewhere")
    for name in ("leaf", "edit", "remove", "fork"):
        body = {"message": reply_of(turn), "entry": "x"}
        assert alice.ask("POST", f"/api/conversation/{chat}/{name}", body)[0] == 404, name
    for body in ({"mode": "regenerate", "message": reply_of(turn)}, {"mode": "continue", "message": reply_of(turn)}):
        assert alice.ask("POST", f"/api/conversation/{chat}/turns", body)[0] == 404
    assert alice.texts(other)[-1] == alice.message(reply_of(turn))["entry"]


def test_messages_written_over_rest_follow_the_newest_and_keep_their_place(alice: Talker) -> None:
    chat, other = alice.chat(), alice.chat()
    ids = [alice.good("POST", "/api/message?depth=0", {"conversation": chat, "entry": t})["doc"]["id"] for t in "abc"]
    assert alice.texts(chat) == ["a", "b", "c"]
    status, answer = alice.ask("POST", "/api/message", {"conversation": other, "entry": "x", "parent": ids[0]})
    assert status == 400
    assert answer["errors"][0]["data"]["errors"][0]["path"] == "parent"
    assert alice.ask("PATCH", f"/api/message/{ids[0]}", {"parent": ids[2]})[0] == 400
    assert alice.good("DELETE", f"/api/message/{ids[1]}?depth=0")
    assert alice.texts(chat) == ["a", "c"]
    alice.good("DELETE", f"/api/message/{ids[2]}?depth=0")
    assert alice.leaf(chat) == ids[0]


@pytest.mark.parametrize("mode", ["continue", "regenerate"])
def test_in_an_empty_chat_there_is_nothing_to_go_on_with(alice: Talker, mode: str) -> None:
    """Refused in words, and the chat is as it was."""
    chat = alice.chat()
    status, answer = alice.ask("POST", f"/api/conversation/{chat}/turns", {"mode": mode})
    assert (status, answer["errors"][0]["message"]) == (
        409,
        "Nothing is said in this chat yet. Write the first message.",
    )
    assert alice.good("GET", f"/api/message?where[conversation][equals]={chat}")["totalDocs"] == 0
    assert alice.texts(chat) == []
    reply_of(alice.turn(chat, "Hello"))
