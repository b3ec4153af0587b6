"""What outsiders do to a chat, and providers to a reply: each ends in the right state, with words, counted once."""

import time
from typing import Any

import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker, reply_of
from tests.chat.test_models import PLANTED, chat_with, generation, key

ZERO = "a\x00b"


def entries(talker: Talker) -> int:
    """How many entries the person's ledger has."""
    found: int = talker.good("GET", "/api/tokenLedger/count")["totalDocs"]
    return found


def said(talker: Talker, chat: int) -> list[tuple[int, str]]:
    """All messages of a chat with their words."""
    rows = talker.good("GET", f"/api/message?where[conversation][equals]={chat}&sort=id&limit=100&depth=0")["docs"]
    return [(row["id"], row["entry"]) for row in rows]


@pytest.mark.parametrize(("model", "words"), [("empty", "without a word"), ("wordless", "Allow longer replies")])
def test_a_reply_without_a_word_fails_with_words_and_is_counted_once(
    alice: Talker, fake: FakeProvider, model: str, words: str
) -> None:
    chat = chat_with(alice, key(alice, fake, f"mute {model}"), model)
    before = entries(alice)
    turn = alice.turn(chat, "Say something")
    end = turn["events"][0][-1].data
    assert (end["state"], end["html"]) == ("failed", "")
    assert words in end["note"]
    assert end["input_tokens"] > 0
    assert entries(alice) == before + 1


def test_going_on_with_a_reply_that_was_at_its_end_keeps_it(alice: Talker, fake: FakeProvider) -> None:
    number = key(alice, fake, "at its end")
    chat = chat_with(alice, number, "ok")
    words = alice.message(reply_of(alice.turn(chat, "Hello")))["entry"]
    alice.act(chat, "settings", model={"key": number, "model": "empty"})
    turn = alice.turn(chat, mode="continue")
    assert turn["events"][0][-1].data["state"] == "complete"
    assert alice.message(reply_of(turn))["entry"] == words


def test_what_a_provider_said_is_told_to_the_owner_of_the_key_without_the_key(
    alice: Talker, fake: FakeProvider
) -> None:
    key(alice, fake, "told spare")
    first = key(alice, fake, "told", fallback_providers=["told spare:418"])
    turn = alice.turn(chat_with(alice, first, "400"), "Why?")
    note = turn["events"][0][-1].data["note"]
    assert "It says: “Status 418 for key" in note
    seen = generation(alice, turn)
    assert "It says: “Status 400 for key" in seen["hops"][0]["reason"]
    assert PLANTED not in f"{note} {seen}"


def test_thinking_that_was_not_shown_is_believed_where_the_provider_names_it() -> None:
    from botcafe.chat.generation.stream import StreamingReply, plausible_usage
    from botcafe.llm.protocol import Usage

    told = Usage(50, 5010, estimated=False, thinking_tokens=5000)
    assert plausible_usage(StreamingReply(1, text="ok", state="complete", usage=told)) is told
    assert plausible_usage(
        StreamingReply(1, text="ok", state="complete", usage=Usage(50, 5010, estimated=False))
    ).estimated
    absurd = Usage(50, 5_000_010, estimated=False, thinking_tokens=5_000_000)
    assert plausible_usage(StreamingReply(1, text="ok", state="complete", usage=absurd)).estimated


@pytest.mark.parametrize("path", ["/api/conversation/{chat}", "/api/message/{reply}"])
def test_a_reply_that_is_deleted_while_it_is_written_is_stopped_and_counted_once(
    alice: Talker, fake: FakeProvider, path: str
) -> None:
    number = key(alice, fake, "deleted")
    chat = chat_with(alice, number, "tokens:600:60")
    before = entries(alice)
    turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Tell me all"})
    row = turn["generations"][0]
    _begun(alice, row["id"])
    alice.good("DELETE", path.format(chat=chat, reply=row["message"]["id"]))
    end = _until(lambda: alice.ask("GET", f"/api/generations/{row['id']}/trace")[0] == 404 and not fake.open_sockets)
    assert end, "the provider still writes"
    assert _until(lambda: entries(alice) == before + 1)
    assert alice.good("GET", f"/api/api-key/{number}?depth=0")["usage_analytics"]["total_requests"] == 1


def test_who_watches_a_reply_that_is_deleted_is_told_its_end(alice: Talker, fake: FakeProvider) -> None:
    import threading

    chat = chat_with(alice, key(alice, fake, "watched"), "tokens:600:60")
    turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Tell me all"})
    number = turn["generations"][0]["id"]
    events: list[Any] = []
    watching = threading.Thread(target=lambda: events.extend(alice.watch(number)))
    watching.start()
    _begun(alice, number)
    alice.good("DELETE", f"/api/conversation/{chat}")
    watching.join(20)
    assert (events[-1].kind, events[-1].data["state"]) == ("end", "stopped")
    assert "deleted" in events[-1].data["note"]


def test_words_are_not_put_into_a_reply_while_it_is_written(alice: Talker, fake: FakeProvider) -> None:
    chat = chat_with(alice, key(alice, fake, "growing"), "tokens:600:60")
    turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Tell me all"})
    row = turn["generations"][0]
    _begun(alice, row["id"])
    path = f"/api/message/{row['message']['id']}?depth=0"
    assert alice.ask("PATCH", path, {"entry": "mine"})[0] == 409
    alice.good("POST", f"/api/generations/{row['id']}/stop", {})
    assert alice.watch(row["id"])[-1].data["state"] == "stopped"
    assert alice.message(row["message"]["id"])["entry"] != "mine"
    assert alice.good("PATCH", path, {"entry": "mine"})["doc"]["entry"] == "mine"


def _begun(talker: Talker, generation_id: int) -> None:
    assert _until(lambda: talker.good("GET", f"/api/generations/{generation_id}?depth=0")["state"] == "streaming")


def _until(holds: Any) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("turns", {"entry": "x", "idempotency_key": ZERO}),
        ("turns", {"entry": ZERO}),
        ("settings", {"title": ZERO}),
        ("settings", {"tags": [ZERO]}),
        ("settings", {"author_note": {"text": ZERO}}),
        ("settings", {"scenario": ZERO}),
        ("edit", {"entry": "y", "reason": ZERO}),
        ("react", {"emoji": "\x00"}),
        ("undo", {"undo": ZERO}),
    ],
)
def test_a_zero_in_a_text_is_refused_everywhere(alice: Talker, act: str, body: dict[str, Any]) -> None:
    chat = alice.chat()
    message = alice.turn(chat, "Hello")["message"]["id"]
    before = said(alice, chat), alice.good("GET", f"/api/conversation/{chat}/settings"), alice.message(message)
    status, answer = alice.ask("POST", f"/api/conversation/{chat}/{act}", {"message": message, **body})
    assert status == 400, answer
    after = said(alice, chat), alice.good("GET", f"/api/conversation/{chat}/settings"), alice.message(message)
    assert after == before


@pytest.mark.parametrize("given", [5, True, {}, ["k"], "k" * 201])
def test_a_key_that_is_none_is_refused_and_not_left_out(alice: Talker, given: object) -> None:
    chat = alice.chat()
    asked = {"entry": "Once", "idempotency_key": given}
    status, answer = alice.ask("POST", f"/api/conversation/{chat}/turns", asked)
    assert status == 400
    assert "idempotency_key" in str(answer)
    assert said(alice, chat) == []


def test_a_turn_that_nobody_answers_is_taken_once_too(alice: Talker) -> None:
    chat = alice.chat(alice.bot("Anna"), alice.bot("Ben"))
    alice.act(chat, "settings", speaking_order="manual")
    asked = {"entry": "Think of that", "idempotency_key": "once"}
    first, again = (alice.good("POST", f"/api/conversation/{chat}/turns", asked) for _ in range(2))
    assert first == again
    assert first["generations"] == []
    assert [words for _, words in said(alice, chat)] == ["Think of that"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/conversation/{id}/turns"),
        ("POST", "/api/conversation/{id}/leaf"),
        ("GET", "/api/conversation/{id}/settings"),
        ("POST", "/api/generations/{id}/stop"),
        ("GET", "/api/generations/{id}/trace"),
        ("POST", "/api/api-key/{id}/unlock"),
        ("DELETE", "/api/account/tokens/{id}"),
    ],
)
def test_a_number_that_no_row_has_is_not_there(alice: Talker, method: str, path: str) -> None:
    for number in (2**62, 10**18, 2**63, 10**30):
        assert alice.ask(method, path.format(id=number), {} if method == "POST" else None)[0] == 404


@pytest.mark.parametrize("page", ["99999999999999999999", "9" * 5000, "100000000", "-1", "²"])
def test_a_page_that_is_not_there_is_empty_or_the_first(alice: Talker, page: str) -> None:
    from urllib.parse import quote

    status, answer = alice.ask("GET", f"/api/account/search?q=tea&page={quote(page)}")
    assert status == 200
    assert isinstance(answer["hits"], list)


def test_a_chat_ends_in_a_message_of_its_own(alice: Talker) -> None:
    chat, other = alice.chat(), alice.chat()
    mine, theirs = (alice.turn(each, "Hello")["message"]["id"] for each in (chat, other))
    before = alice.leaf(chat)
    path = f"/api/conversation/{chat}?depth=0"
    status, answer = alice.ask("PATCH", path, {"active_leaf": theirs})
    assert status == 400
    assert "one of its own" in str(answer)
    assert alice.leaf(chat) == before
    assert alice.good("PATCH", path, {"active_leaf": mine})["doc"]["active_leaf"] == mine
    assert alice.good("PATCH", path, {"active_leaf": mine, "title": "Again"})["doc"]["title"] == "Again"
    made = alice.good("POST", f"/api/conversation/{chat}/duplicate?depth=0", {})["doc"]
    assert made["active_leaf"] is None
    assert alice.turn(made["id"], "Hello")["events"][0][-1].data["state"] == "complete"


def test_of_a_temporary_chat_that_was_ended_no_file_holds_a_word(alice: Talker) -> None:
    slug = alice.good("GET", f"/api/bot/{alice.bot('Fleeting')}?depth=0")["slug"]
    chat = alice.good("POST", "/api/account/chats", {"bot": slug, "temporary": True})["id"]
    alice.turn(chat, "The plumcake-secret is under the oak")
    alice.act(chat, "end")
    assert alice.ask("GET", f"/api/conversation/{chat}")[0] == 404
    files = [path for path in alice.server.data.rglob("*") if path.is_file()]
    assert files
    assert not [path.name for path in files if b"plumcake-secret" in path.read_bytes()]


def test_a_reply_that_is_stopped_at_once_leaves_nothing_in_flight(alice: Talker, fake: FakeProvider) -> None:
    asked = {"requests_per_hour": 1000}
    number = key(alice, fake, "stopped at once", rate_limits=asked)
    chat = chat_with(alice, number, "tokens:600:60")
    for pause in range(30):
        turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Never mind"})
        time.sleep(pause / 1000)
        alice.good("POST", f"/api/generations/{turn['generations'][0]['id']}/stop", {})
        alice.watch(turn["generations"][0]["id"])
    alice.good(
        "PATCH", f"/api/api-key/{number}?depth=0", {"key_configuration": {"rate_limits": {"requests_per_hour": 0}}}
    )
    alice.act(chat, "settings", model={"key": number, "model": "ok"})
    note = alice.turn(chat, "And now?")["events"][0][-1].data["note"]
    used = alice.good("GET", f"/api/api-key/{number}?depth=0")["usage_analytics"]["total_requests"]
    assert f"{used} are used" in note


def test_who_signs_out_watches_no_longer(alice: Talker) -> None:
    import http.client

    signed = {"email": "alice@cafe.test", "password": "correct-horse"}
    token = alice.server.ask("POST", "/api/users/login", signed)[1]["token"]
    line = http.client.HTTPConnection("127.0.0.1", alice.server.port, timeout=40)
    line.request("GET", "/api/account/events", headers={"Authorization": f"JWT {token}"})
    response = line.getresponse()
    assert response.readline().startswith(b"event: state")
    assert alice.server.ask("POST", "/api/users/logout", {}, token)[0] == 200
    alice.chat()
    rest = response.read()
    line.close()
    assert rest.count(b"event: state") == 0


def test_thinking_whose_beginning_the_server_kept_is_no_part_of_the_reply() -> None:
    from botcafe.chat.generation.stream import StreamingReply
    from botcafe.llm.protocol import StreamEnd, TextDelta

    reply = StreamingReply(1, text="Once.", existing_text="Once.")
    for piece in ("hm", " hm\n</th", "ink>\n\nUpon a time"):
        reply.receive(TextDelta(piece))
    reply.receive(StreamEnd("stop"))
    assert (reply.text, reply.reasoning) == ("Once. Upon a time", "hm hm")
