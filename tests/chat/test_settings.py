"""What is set for one chat, over the API, and what the prompt makes of it."""

from typing import Any

import pytest

from tests.chat.talking import Talker


def blocks(alice: Talker, chat: int, **body: Any) -> dict[str, dict[str, Any]]:
    """The blocks of the next reply by id."""
    return {b["id"]: b for b in alice.act(chat, "preview", **body)["blocks"]}


def test_settings_are_kept_and_told(alice: Talker) -> None:
    chat = alice.chat()
    given = {
        "title": "Harbour night",
        "status": "pinned",
        "tags": ["sea", "sea", "fog"],
        "author_note": {"text": "Be brief.", "depth": 2, "role": "system", "every": 1},
        "speaking_order": "list",
        "scenario": "A pier",
        "window_tokens": 4096,
        "reply_tokens": 200,
    }
    kept = alice.act(chat, "settings", **given)
    assert kept == alice.good("GET", f"/api/conversation/{chat}/settings")
    assert {k: kept[k] for k in given} == {**given, "tags": ["sea", "fog"]}
    found = blocks(alice, chat)
    assert found["note"]["text"] == "Be brief."
    assert found["scenario"]["text"] == "A pier"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"nothing": 1},
        {"title": ""},
        {"title": "x" * 201},
        {"status": "loud"},
        {"tags": [5]},
        {"author_note": 7},
        {"speaking_order": "chaos"},
        {"auto": True},
        {"scenario": 9},
        {"preset": 999999},
        {"persona": 999999},
        {"persona": "x" * 40},
        {"model": {"key": 999999, "model": "m"}},
        {"model": {"model": "gpt"}},
        {"window_tokens": 5},
        {"reply_tokens": "many"},
    ],
)
def test_a_setting_that_does_not_fit_changes_nothing(alice: Talker, body: dict[str, Any]) -> None:
    chat = alice.chat()
    before = alice.good("GET", f"/api/conversation/{chat}?depth=0")
    status, answer = alice.ask(
        "POST", f"/api/conversation/{chat}/settings", {**({"title": "New"} if body else {}), **body}
    )
    assert status in {400, 404}
    assert answer["errors"][0]["message"]
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0") == before


def test_an_authors_note_lies_at_its_depth(alice: Talker) -> None:
    chat = alice.chat()
    for word in ("One", "Two"):
        alice.turn(chat, word)
    alice.act(chat, "settings", author_note={"text": "Whisper.", "depth": 1})
    seen = alice.act(chat, "preview", entry="Three")["blocks"]
    order = [b["id"] for b in seen if b["slot"] == "history" or b["id"] == "note"]
    assert order[-2] == "note"
    assert seen[-1]["text"] == "Three"


def test_an_archived_chat_takes_nothing_until_it_is_back(alice: Talker) -> None:
    chat = alice.chat()
    alice.act(chat, "settings", status="archived")
    status, answer = alice.ask("POST", f"/api/conversation/{chat}/turns", {"entry": "Hello"})
    assert status == 409
    assert "archive" in answer["errors"][0]["message"]
    assert alice.texts(chat) == []
    alice.act(chat, "settings", status="active")
    assert alice.turn(chat, "Hello")["message"]["id"]


def persona(talker: Talker, name: str, **more: Any) -> int:
    """A persona of somebody's."""
    data = {"name": name, "description": f"{name} wears a blue coat.", **more}
    number: int = talker.good("POST", "/api/personas?depth=0", data)["doc"]["id"]
    return number


def test_a_persona_is_attributed_and_its_switch_is_recorded(alice: Talker) -> None:
    chat = alice.chat()
    kay, lou = persona(alice, "Kay"), persona(alice, "Lou", custom_instructions="Call {{user}} captain.")
    first = alice.turn(chat, "I am Kay", persona=kay)
    second = alice.turn(chat, "Now I am Lou", persona=lou)
    assert alice.message(first["message"]["id"])["persona"] == kay
    assert alice.message(second["message"]["id"])["persona"] == lou
    changes = alice.good("GET", f"/api/conversation/{chat}?depth=0")["participants"]["persona_changes"]
    assert [(c["from"], c["to"]) for c in changes] == [(None, kay), (kay, lou)]
    found = blocks(alice, chat)
    assert "Call Lou captain." in found["persona"]["text"]
    said = [b["text"] for b in found.values() if b["slot"] == "history"]
    assert "Kay: I am Kay" in said
    assert alice.good("GET", f"/api/personas/{kay}?depth=0")["usage_count"] == 1


def test_the_persona_of_another_cannot_be_worn(alice: Talker, bob: Talker) -> None:
    chat = alice.chat()
    theirs = persona(bob, "Mask", is_public=True)
    status, _ = alice.ask("POST", f"/api/conversation/{chat}/turns", {"entry": "Hello", "persona": theirs})
    assert status == 404
    assert alice.texts(chat) == []
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0")["persona"] is None


def test_the_closed_definition_of_a_bot_is_used_and_not_shown(alice: Talker, bob: Talker) -> None:
    bot = bob.bot("Secretive", is_public=True, system_prompt="The password is heron.", personality="calm")
    chat = alice.chat(bot)
    found = blocks(alice, chat)
    assert found["definition"]["text"] == ""
    assert found["definition"]["tokens"] > 4
    assert "closed" in found["definition"]["reason"]
    turn = alice.turn(chat, "Hello")
    seen = alice.good("GET", f"/api/generations/{turn['generations'][0]['id']}/trace")
    row = alice.good("GET", f"/api/generations/{turn['generations'][0]['id']}?depth=0")
    told = [each.data for each in turn["events"][0]]
    assert "heron" not in str(seen) + str(row["blocks"]) + str(told)


def test_a_small_window_leaves_out_the_oldest_and_says_so(alice: Talker) -> None:
    chat = alice.chat()
    for number in range(12):
        entry = {"conversation": chat, "entry": f"line {number} " + "word " * 120}
        alice.good("POST", "/api/message?depth=0", entry)
    alice.act(chat, "settings", window_tokens=1200, reply_tokens=200)
    shown = alice.act(chat, "preview", entry="And now?")
    history = [b for b in shown["blocks"] if b["slot"] == "history"]
    assert [b["included"] for b in history] == sorted(b["included"] for b in history)
    assert not history[0]["included"]
    assert "1,000 tokens was full" in history[0]["reason"]
    assert history[-1]["text"] == "And now?"
    assert shown["total_tokens"] <= 1000


def test_a_preview_stores_nothing(alice: Talker) -> None:
    chat = alice.chat()
    before = alice.good("GET", f"/api/conversation/{chat}?depth=0")
    shown = alice.act(chat, "preview", entry="What if?")
    assert any(b["text"] == "What if?" for b in shown["blocks"])
    assert shown["cost_usd"] == 0.0
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0") == before


def test_a_preview_wears_a_persona_that_is_not_put_on_yet(alice: Talker) -> None:
    """As the turn that names it does; the chat stays as it is until then."""
    chat = alice.chat(alice.bot(system_prompt="You talk with {{user}}."))
    data = {"name": "Sir Oat", "description": "A tired knight."}
    oat = alice.good("POST", "/api/personas?depth=0", data)["doc"]["id"]
    before = alice.good("GET", f"/api/conversation/{chat}?depth=0")
    plain, worn = blocks(alice, chat, entry="Hail"), blocks(alice, chat, entry="Hail", persona=oat)
    assert not any("Sir Oat" in str(each) for each in plain.values())
    assert worn["persona"]["text"].endswith("A tired knight.")
    assert worn["message:0"]["title"] == "Sir Oat"
    assert "You talk with Sir Oat." in str(worn)
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0") == before
    turn = alice.turn(chat, "Hail", persona=oat)
    sent = alice.good("GET", f"/api/generations/{turn['generations'][0]['id']}/trace")["blocks"]
    assert [each["text"] for each in sent] == [each["text"] for each in worn.values()]
    assert "persona" not in blocks(alice, chat, entry="Hail", persona=None)


def test_a_quote_is_told_by_the_turn_and_by_its_preview(alice: Talker) -> None:
    """Before the words that refer to it; no more once something else is said, or the line is removed."""
    chat = alice.chat()
    first = alice.turn(chat, "My cat is called Miso.")
    said = first["message"]["id"]
    alice.turn(chat, "And I like rain.")
    shown = list(blocks(alice, chat, entry="Do you remember this?", reply_to=said).items())
    names = [name for name, _ in shown]
    assert names.index("quote") == names.index("message:0") - 1
    assert dict(shown)["quote"]["text"] == "Alice refers to what Alice said: “My cat is called Miso.”"
    assert "quote" not in blocks(alice, chat, entry="Do you remember this?")
    turn = alice.turn(chat, "Do you remember this?", reply_to=said)
    sent = alice.good("GET", f"/api/generations/{turn['generations'][0]['id']}/trace")["blocks"]
    assert [each["text"] for each in sent] == [each["text"] for _, each in shown]
    again = alice.turn(chat, mode="regenerate")
    sent = alice.good("GET", f"/api/generations/{again['generations'][0]['id']}/trace")["blocks"]
    assert "quote" in [each["id"] for each in sent]
    assert "quote" not in blocks(alice, chat, entry="Something else")
    alice.act(chat, "remove", message=said)
    assert "quote" not in blocks(alice, chat)


def test_a_preview_refuses_what_the_turn_refuses_in_the_same_words(alice: Talker, bob: Talker) -> None:
    """Personas, quotes, bots and modes; and nothing is stored by either."""
    chat, other = alice.chat(), alice.chat()
    foreign = alice.turn(other, "Elsewhere")["message"]["id"]
    theirs = bob.good("POST", "/api/personas?depth=0", {"name": "Baron Bob", "description": "Rich."})["doc"]["id"]
    before = alice.good("GET", f"/api/conversation/{chat}?depth=0")
    for given in (
        {"persona": theirs},
        {"persona": "x"},
        {"reply_to": foreign},
        {"reply_to": 10**12},
        {"bot": 10**12},
        {"mode": "shout"},
        {"entry": "x" * 100_001},
    ):
        body = {"entry": "Hail", **given}
        answers = [alice.ask("POST", f"/api/conversation/{chat}/{path}", body) for path in ("turns", "preview")]
        assert answers[0] == answers[1]
        assert answers[0][0] in (400, 404), given
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0") == before
    assert bob.ask("POST", f"/api/conversation/{chat}/preview", {"entry": "x"})[0] == 404


def test_a_preset_reaches_the_request_and_the_trace(alice: Talker) -> None:
    settings = {"temperature": 0.3, "top_p": 0.9, "max_tokens": 77, "stop": ["END"], "seed": "not a number"}
    made = alice.good(
        "POST", "/api/samplerPresets?depth=0", {"name": "Calm", "settings": settings, "main": "Be {{char}}."}
    )
    chat = alice.chat()
    alice.act(chat, "settings", preset=made["doc"]["id"])
    shown = alice.act(chat, "preview")
    assert shown["reply_tokens"] == 77
    assert shown["sampling"] == {"temperature": 0.3, "top_p": 0.9}
    assert shown["preset"] == "Calm"
    assert next(b for b in shown["blocks"] if b["id"] == "main")["text"] == "Be Mocha."


def test_a_default_preset_holds_unless_the_bot_or_the_chat_has_one(alice: Talker, bob: Talker) -> None:
    def preset(name: str, **more: Any) -> int:
        number: int = bob.good("POST", "/api/samplerPresets?depth=0", {"name": name, **more})["doc"]["id"]
        return number

    mocha = bob.bot()
    preset("everywhere", is_default=True)
    preset("for mocha", bots=[mocha])
    here = preset("here")
    assert bob.act(bob.chat(bob.bot()), "preview")["preset"] == "everywhere"
    chat = bob.chat(mocha)
    assert bob.act(chat, "preview")["preset"] == "for mocha"
    bob.act(chat, "settings", preset=here)
    assert bob.act(chat, "preview")["preset"] == "here"


def test_words_are_found_in_one_chat_and_in_all(alice: Talker, bob: Talker) -> None:
    chat, other = alice.chat(title="Storks"), alice.chat()
    alice.turn(chat, "The white stork stood on <b>one</b> leg")
    alice.turn(other, "Another stork, flying")
    bob.turn(bob.chat(), "A stork of Bob's")
    found = alice.good("GET", "/api/account/search?q=stork%20sto")
    mine = [hit for hit in found["hits"] if "stork" in hit["html"]]
    assert {hit["conversation"] for hit in mine} == {chat, other}
    here = alice.good("GET", f"/api/conversation/{chat}/search?q=white+stor")["hits"]
    assert here[-1]["html"] == "The <mark>white</mark> <mark>stor</mark>k stood on &lt;b&gt;one&lt;/b&gt; leg"
    assert here[-1]["url"].startswith(f"/chats/{chat}?around=")
    assert alice.ask("GET", "/api/account/search?q=%20%2A%22")[0] == 400
    assert bob.ask("GET", f"/api/conversation/{chat}/search?q=stork")[0] == 404


def test_words_are_marked_whatever_their_accents(alice: Talker) -> None:
    chat = alice.chat()
    alice.turn(chat, "A long way " * 30 + "to the Café of Zürich & its crème brûlée")
    hits = alice.good("GET", f"/api/conversation/{chat}/search?q=zurich+CR%C3%88me+cafe")["hits"]
    assert hits[-1]["html"].startswith("… ")
    assert "<mark>Café</mark> of <mark>Zürich</mark> &amp; its <mark>crème</mark> brûlée" in hits[-1]["html"]


@pytest.mark.parametrize("query", ['"', "a*b", "NEAR(x y)", "owner:u1", "x' OR 1=1 --", "日本", "é ü", "((((", "-x"])
def test_no_query_breaks_the_search(alice: Talker, query: str) -> None:
    from urllib.parse import quote

    status, answer = alice.ask("GET", f"/api/account/search?q={quote(query)}")
    assert status in {200, 400}, answer


def test_an_edited_and_a_removed_message_are_found_by_what_they_say_now(alice: Talker) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, "quixotic")
    alice.act(chat, "edit", message=turn["message"]["id"], entry="sensible")
    where = f"/api/conversation/{chat}/search?q="
    assert not [h for h in alice.good("GET", where + "quixotic")["hits"] if h["message"] == turn["message"]["id"]]
    assert alice.good("GET", where + "sensible")["hits"]
    alice.act(chat, "remove", message=turn["message"]["id"])
    assert not [h for h in alice.good("GET", where + "sensible")["hits"] if h["message"] == turn["message"]["id"]]
