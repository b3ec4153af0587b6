"""A limit that is used up refuses every way to a reply; nothing is stored, billed or sent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import orjson
import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker, reply_of
from tests.live import Served


@pytest.fixture
def dana(cafe: Served, request: pytest.FixtureRequest) -> Talker:
    """Somebody new, whose counters begin with the test."""
    name = request.node.name.replace("[", "-").replace("]", "").replace(" ", "-")
    return Talker(cafe, cafe.sign_up(f"{name[:50]}@limits.test", name="Dana"))


def stored(talker: Talker, chat: int) -> tuple[Any, ...]:
    """What a turn would have added to."""
    messages = talker.good("GET", f"/api/message?depth=0&limit=500&sort=id&where[conversation][equals]={chat}")["docs"]
    entries = talker.good("GET", "/api/tokenLedger?depth=0&limit=500")["totalDocs"]
    doc = talker.good("GET", f"/api/conversation/{chat}?depth=0")
    usage = talker.good("GET", "/api/usageAnalytics?depth=0")["docs"]
    return messages, entries, doc, usage


def limit(talker: Talker, **values: Any) -> int:
    """Set one's own limits."""
    number: int = talker.good("POST", "/api/selfModeration?depth=0", values)["doc"]["id"]
    return number


def send(talker: Talker, chat: int, turn: dict[str, Any]) -> tuple[int, Any]:
    """Send."""
    return talker.ask("POST", f"/api/conversation/{chat}/turns", {"entry": "Once more"})


def regenerate(talker: Talker, chat: int, turn: dict[str, Any]) -> tuple[int, Any]:
    """Write the reply again."""
    return talker.ask("POST", f"/api/conversation/{chat}/turns", {"mode": "regenerate", "message": reply_of(turn)})


def go_on(talker: Talker, chat: int, turn: dict[str, Any]) -> tuple[int, Any]:
    """Continue the reply."""
    return talker.ask("POST", f"/api/conversation/{chat}/turns", {"mode": "continue"})


def impersonate(talker: Talker, chat: int, turn: dict[str, Any]) -> tuple[int, Any]:
    """Have the person's own words written."""
    return talker.ask("POST", f"/api/conversation/{chat}/turns", {"mode": "impersonate"})


@pytest.mark.parametrize("way", [send, regenerate, go_on, impersonate])
def test_every_way_to_a_reply_is_refused(dana: Talker, way: Callable[..., tuple[int, Any]]) -> None:
    chat = dana.chat()
    turn = dana.turn(chat, "Hello")
    limit(dana, weekly_message_limit=1)
    before = stored(dana, chat)
    status, answer = way(dana, chat, turn)
    assert status == 429, answer
    data = answer["errors"][0]["data"]
    assert (data["limit"], data["used"], data["allowed"]) == ("weekly_message_limit", 1, 1)
    assert data["until"] in answer["errors"][0]["data"].values()
    assert stored(dana, chat) == before


def test_an_edited_turn_is_refused_with_its_edit(dana: Talker) -> None:
    chat = dana.chat()
    turn = dana.turn(chat, "Hello")
    limit(dana, weekly_message_limit=1)
    before = stored(dana, chat)
    form = {"message": turn["message"]["id"], "entry": "Hello again", "again": "1"}
    status, headers, answer = post_form(dana, f"/chats/{chat}/edit", form)
    assert status == 429, answer
    assert int(headers["retry-after"]) > 0
    assert answer["errors"][0]["data"]["limit"] == "weekly_message_limit"
    assert stored(dana, chat) == before


def test_deleting_what_was_said_gives_nothing_back(dana: Talker) -> None:
    chat = dana.chat()
    turn = dana.turn(chat, "Hello")
    limit(dana, weekly_message_limit=1)
    dana.act(chat, "remove", message=turn["message"]["id"], following=True)
    dana.good("DELETE", f"/api/message/{turn['message']['id']}")
    dana.act(chat, "delete")
    other = dana.chat()
    assert send(dana, other, turn)[0] == 429


def test_a_repeated_request_is_answered_as_before_and_not_counted(dana: Talker) -> None:
    limit(dana, weekly_message_limit=2)
    chat = dana.chat()
    first = dana.turn(chat, "Hello", idempotency_key="one")
    for _ in range(3):
        again = dana.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Hello", "idempotency_key": "one"})
        assert again["message"]["id"] == first["message"]["id"]
    second = dana.turn(chat, "Hello again", idempotency_key="two")
    assert second["notices"] == [{"kind": "limit", "text": "2 of your 2 messages for this week are used."}]
    assert send(dana, chat, second)[0] == 429
    again = dana.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Hello again", "idempotency_key": "two"})
    assert (again["message"]["id"], again["notices"]) == (second["message"]["id"], [])


def test_a_turn_that_fails_is_not_counted(dana: Talker) -> None:
    limit(dana, weekly_message_limit=1)
    chat = dana.chat()
    for body in ({"entry": ""}, {"entry": "x", "bot": 1}, {"entry": "x", "attachments": [1]}):
        assert dana.ask("POST", f"/api/conversation/{chat}/turns", body)[0] in {400, 404}
    dana.turn(chat, "Hello")
    assert dana.ask("POST", f"/api/conversation/{chat}/turns", {"entry": "x"})[0] == 429


def test_of_two_turns_at_once_one_message_lets_one_pass(dana: Talker) -> None:
    chats = [dana.chat() for _ in range(4)]
    limit(dana, weekly_message_limit=1)
    with ThreadPoolExecutor(4) as beside:
        answers = list(beside.map(lambda chat: send(dana, chat, {}), chats))
    assert sorted(status for status, _ in answers) == [202, 429, 429, 429]


def test_auto_mode_stops_and_says_why(dana: Talker) -> None:
    chat = dana.chat(dana.bot("Anna"), dana.bot("Ben"))
    limit(dana, weekly_message_limit=2)
    dana.act(chat, "settings", auto={"on": True, "delay_seconds": 0, "turns": 9}, speaking_order="pooled")
    last = dana.turn(chat, "Talk, you two")["events"][-1][-1]
    while last.data["next"]:
        last = dana.watch(last.data["next"][0])[-1]
    assert last.data["state"] == "complete"
    auto = dana.good("GET", f"/api/conversation/{chat}/settings")["auto"]
    assert (auto["on"], auto["stopped_by"]) == (False, "limit")
    rows = dana.good("GET", f"/api/message?depth=0&where[conversation][equals]={chat}&sort=id")["docs"]
    # The person's words, the reply to them, and the one turn that was left; each ended as ever.
    assert len(rows) == 3
    assert all(row["entry"] for row in rows)
    dana.act(chat, "settings", auto={"on": True})
    assert "stopped_by" not in dana.good("GET", f"/api/conversation/{chat}/settings")["auto"]


def test_v1_is_refused_and_says_when_to_come_back(dana: Talker) -> None:
    slug = dana.good("GET", f"/api/bot/{dana.bot()}?depth=0")["slug"]
    token = dana.good("POST", "/api/account/tokens", {"name": "script"})["token"]
    limit(dana, weekly_message_limit=1)
    chat = dana.chat()
    assert completion(dana, token, slug, "Hello")[0] == 200
    before = stored(dana, chat)
    status, headers, answer = completion(dana, token, slug, "Hello again")
    assert status == 429
    assert int(headers["retry-after"]) > 0
    assert answer["error"]["code"] == "limit_reached"
    assert "used up" in answer["error"]["message"]
    assert stored(dana, chat) == before
    assert send(dana, chat, {})[0] == 429


def test_words_that_are_never_sent_are_refused_at_every_door(dana: Talker) -> None:
    slug = dana.good("GET", f"/api/bot/{dana.bot()}?depth=0")["slug"]
    token = dana.good("POST", "/api/account/tokens", {"name": "script"})["token"]
    chat = dana.chat()
    turn = dana.turn(chat, "Hello")
    limit(dana, content_filters={"never_send": ["Elm Street"]})
    before = stored(dana, chat)
    words = "I live in Elm Street."
    status, answer = dana.ask("POST", f"/api/conversation/{chat}/turns", {"entry": words})
    assert (status, answer["errors"][0]["data"]) == (400, {"path": "entry"})
    edit = {"message": turn["message"]["id"], "entry": words}
    assert dana.ask("POST", f"/api/conversation/{chat}/edit", edit)[0] == 400
    assert post_form(dana, f"/chats/{chat}/edit", {**edit, "again": "1"})[0] == 400
    assert completion(dana, token, slug, words)[0] == 400
    assert stored(dana, chat) == before


def test_words_to_hide_are_hidden_in_all_that_is_written(dana: Talker, fake: FakeProvider) -> None:
    key = {
        "nickname": "fake",
        "provider": "custom",
        "key": "sk-planted-0007",
        "provider_settings": {"custom_settings": {"api_endpoint": fake.base_url}},
    }
    number = dana.good("POST", "/api/api-key?depth=0", key)["doc"]["id"]
    dana.good("POST", "/api/account/model", {"key": number, "model": "say:A gin in Elm Street, and ginger"})
    limit(dana, content_filters={"hide_words": ["gin", "elm street"]})
    shown = "A ••• in •••, and ginger"
    chat = dana.chat()
    turn = dana.turn(chat, "Tell me of gin")
    assert dana.message(reply_of(turn))["entry"] == shown
    assert "".join(each.data["text"] for each in turn["events"][0] if each.kind == "token") == shown
    assert dana.message(turn["message"]["id"])["entry"] == "Tell me of gin"
    slug = dana.good("GET", f"/api/bot/{dana.bot()}?depth=0")["slug"]
    token = dana.good("POST", "/api/account/tokens", {"name": "script"})["token"]
    status, _, answer = completion(dana, token, slug, "Hello")
    assert (status, answer["choices"][0]["message"]["content"]) == (200, shown)


def completion(talker: Talker, token: str, slug: str, words: str) -> tuple[int, dict[str, str], Any]:
    """One completion over ``/v1``."""
    body = orjson.dumps({"model": slug, "messages": [{"role": "user", "content": words}]})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return _ask(talker.server, "/v1/chat/completions", body, headers)


def post_form(talker: Talker, path: str, fields: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    """What the page's own script sends; the answer as JSON."""
    boundary = "x"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**fields, "csrfmiddlewaretoken": CSRF}.items()
    )
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Accept": "application/json",
        "Cookie": f"payload-token={talker.token}; cafe-csrf={CSRF}",
    }
    return _ask(talker.server, path, f"{parts}--{boundary}--\r\n".encode(), headers)


CSRF = "a" * 32


def _ask(server: Served, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        raw = response.read()
    finally:
        connection.close()
    found = {name.lower(): value for name, value in response.getheaders()}
    return response.status, found, orjson.loads(raw) if raw[:1] == b"{" else raw
