"""A turn of chat over real HTTP: nothing typed or generated is lost, whatever happens to the listener."""

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.watching import open_chat, say, text_of, watch
from tests.live import Served, served


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    """A provider that speaks the real wire."""
    with FakeProvider.in_thread() as fake:
        yield fake


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: FakeProvider) -> Iterator[Served]:
    """One server for the module: it may reach the provider, and the rehearsal responder takes its time."""
    data = tmp_path_factory.mktemp("chat") / "data"
    with served(data, BOTCAFE_REHEARSAL_PACE="30", BOTCAFE_PRIVATE_ENDPOINTS=",".join(provider.allowed)) as running:
        running.sign_up("first@cafe.test")
        yield running


@pytest.fixture(scope="module")
def alice(server: Served) -> str:
    """Alice's token."""
    return server.sign_up("alice@cafe.test")


def use_model(server: Served, token: str, chat: int, base_url: str, model: str) -> None:
    """Give the chat a custom endpoint with a key of its own."""
    key = {
        "nickname": "mine",
        "provider": "custom",
        "key": "sk-planted-secret-0001",
        "key_configuration": {"model_preferences": [model]},
        "provider_settings": {"custom_settings": {"api_endpoint": base_url}},
    }
    status, made = server.ask("POST", "/api/api-key?depth=0", key, token)
    assert status == 201, made
    assert made["doc"]["key"] == "****0001"
    choice = {"model_choice": {"key": made["doc"]["id"], "model": model}}
    assert server.ask("PATCH", f"/api/conversation/{chat}?depth=0", choice, token)[0] == 200


def test_the_rehearsal_voice_answers_without_a_key(server: Served, alice: str) -> None:
    """A newcomer sees the whole path."""
    chat = open_chat(server, alice, slug="one")
    turn = say(server, chat, alice, "Do you serve tea?")
    events = list(watch(server, turn["generations"][0]["id"], alice))
    assert [events[0].kind, events[-1].kind] == ["start", "end"]
    assert events[-1].data["state"] == "complete"
    assert "(Rehearsal)" in text_of(events)
    stored = server.ask("GET", f"/api/message/{turn['generations'][0]['message']['id']}?depth=0", token=alice)[1]
    assert stored["entry"] == text_of(events)
    assert stored["parent"] == turn["message"]["id"]


def test_a_custom_endpoint_answers_with_the_persons_own_key(server: Served, alice: str, provider: FakeProvider) -> None:
    """The key goes to its provider and nowhere else."""
    chat = open_chat(server, alice, slug="two")
    use_model(server, alice, chat, provider.base_url, "ok")
    turn = say(server, chat, alice, "Hello there")
    events = list(watch(server, turn["generations"][0]["id"], alice))
    assert events[-1].data["state"] == "complete", events
    assert text_of(events)
    seen = provider.requests[-1]
    assert seen.headers["authorization"] == "Bearer sk-planted-secret-0001"
    assert b"sk-planted" not in b"".join(p.read_bytes() for p in Path(server.data).glob("botcafe.sqlite3*"))


def test_a_listener_that_comes_back_gets_the_rest_and_nothing_twice(server: Served, alice: str) -> None:
    """Last-Event-ID resumes at the character."""
    chat = open_chat(server, alice, slug="three")
    turn = say(server, chat, alice, "Tell me about the rain")
    generation = turn["generations"][0]["id"]
    first: list[Any] = []
    for event in watch(server, generation, alice):
        first.append(event)
        if len(first) > 4:
            break
    rest = list(watch(server, generation, alice, last=first[-1].id))
    whole = text_of(list(watch(server, generation, alice)))
    assert text_of(first) + text_of(rest) == whole


def test_a_reply_goes_on_without_any_listener(server: Served, alice: str) -> None:
    """The server writes it, not the browser tab."""
    chat = open_chat(server, alice, slug="four")
    turn = say(server, chat, alice, "Write while nobody looks")
    message = turn["generations"][0]["message"]["id"]
    texts = []
    for _ in range(40):
        texts.append(server.ask("GET", f"/api/message/{message}?depth=0", token=alice)[1]["entry"])
        state = server.ask("GET", f"/api/generations/{turn['generations'][0]['id']}?depth=0", token=alice)[1]["state"]
        if state == "complete":
            break
        time.sleep(0.25)
    assert state == "complete"
    grown = sorted(set(texts), key=len)
    assert len(grown) > 2, "the text was not stored while it grew"
    assert all(whole.startswith(part) for part, whole in itertools.pairwise(grown))


def test_stopping_closes_the_providers_socket_and_keeps_what_was_written(
    server: Served, alice: str, provider: FakeProvider
) -> None:
    """Stop reaches the provider."""
    chat = open_chat(server, alice, slug="five")
    use_model(server, alice, chat, provider.base_url, "tokens:200:20")
    turn = say(server, chat, alice, "Talk for a long time")
    generation = turn["generations"][0]["id"]
    heard = watch(server, generation, alice)
    while next(heard).kind != "token":
        pass
    assert server.ask("POST", f"/api/generations/{generation}/stop", {}, alice)[0] == 200
    rest = list(heard)
    assert rest[-1].data["state"] == "stopped"
    deadline = time.monotonic() + 5
    while provider.open_sockets and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not provider.open_sockets
    stored = server.ask("GET", f"/api/message/{turn['generations'][0]['message']['id']}?depth=0", token=alice)[1]
    assert stored["entry"]


@pytest.mark.parametrize(
    ("model", "words"),
    [("401", "key"), ("429", "too often"), ("500", "provider"), ("error-midstream", ""), ("close-early", "")],
)
def test_a_failing_provider_is_told_in_plain_words(
    server: Served, alice: str, provider: FakeProvider, model: str, words: str
) -> None:
    """The message is kept, the reply is marked, the key stays out of the words."""
    chat = open_chat(server, alice, slug=f"fail-{model}")
    use_model(server, alice, chat, provider.base_url, model)
    turn = say(server, chat, alice, "Will this work?")
    events = list(watch(server, turn["generations"][0]["id"], alice))
    assert events[-1].data["state"] == "failed"
    told = next(e for e in events if e.kind == "error").data["message"]
    assert words in told.lower()
    assert "sk-planted" not in told
    kept = server.ask("GET", f"/api/message/{turn['message']['id']}?depth=0", token=alice)[1]
    assert kept["entry"] == "Will this work?"


def test_the_same_key_is_answered_once(server: Served, alice: str) -> None:
    """A retried request makes no second turn."""
    chat = open_chat(server, alice, slug="six")
    first = say(server, chat, alice, "Once", idempotency_key="k-1")
    again = say(server, chat, alice, "Once", idempotency_key="k-1")
    assert first["message"] == again["message"]
    assert [(g["id"], g["message"]) for g in first["generations"]] == [
        (g["id"], g["message"]) for g in again["generations"]
    ]
    where = f"where%5Bconversation%5D%5Bequals%5D={chat}"
    assert server.ask("GET", f"/api/message/count?{where}", token=alice)[1]["totalDocs"] == 2
    list(watch(server, first["generations"][0]["id"], alice))


def test_a_stale_page_is_told_where_the_chat_stands(server: Served, alice: str) -> None:
    """409 with the new leaf, and nothing is written."""
    chat = open_chat(server, alice, slug="seven")
    turn = say(server, chat, alice, "First")
    list(watch(server, turn["generations"][0]["id"], alice))
    entry = {"entry": "From an old tab", "parent": turn["message"]["id"]}
    status, answer = server.ask("POST", f"/api/conversation/{chat}/turns", entry, alice)
    assert status == 409
    assert answer["errors"][0]["data"]["active_leaf"] == turn["generations"][0]["message"]["id"]
    where = f"where%5Bconversation%5D%5Bequals%5D={chat}"
    assert server.ask("GET", f"/api/message/count?{where}", token=alice)[1]["totalDocs"] == 2


@pytest.mark.parametrize("entry", ["", "   \n", None, 5, "x" * 100_001])
def test_a_message_that_does_not_fit_is_refused_and_nothing_is_kept(server: Served, alice: str, entry: object) -> None:
    """Each refusal says what is wrong."""
    chat = open_chat(server, alice, slug=f"eight-{type(entry).__name__}-{len(str(entry))}")
    status, answer = server.ask("POST", f"/api/conversation/{chat}/turns", {"entry": entry}, alice)
    assert status == 400
    assert answer["errors"][0]["data"]["errors"][0]["path"] == "entry"
    where = f"where%5Bconversation%5D%5Bequals%5D={chat}"
    assert server.ask("GET", f"/api/message/count?{where}", token=alice)[1]["totalDocs"] == 0


def test_a_stranger_can_neither_speak_in_a_chat_nor_follow_nor_stop_its_reply(server: Served, alice: str) -> None:
    """Hidden and missing look alike."""
    chat = open_chat(server, alice, slug="nine")
    turn = say(server, chat, alice, "Private words")
    generation = turn["generations"][0]["id"]
    charlie = server.sign_up("charlie@cafe.test", name="Charlie")
    assert server.ask("POST", f"/api/conversation/{chat}/turns", {"entry": "hi"}, charlie)[0] == 404
    assert server.ask("GET", f"/api/generations/{generation}/events", token=charlie)[0] == 404
    assert server.ask("GET", f"/api/generations/{generation}/events")[0] == 403
    assert server.ask("POST", f"/api/generations/{generation}/stop", {}, charlie)[0] == 404
    assert list(watch(server, generation, alice))[-1].data["state"] == "complete"


def test_a_private_address_is_no_endpoint(server: Served, alice: str) -> None:
    """What the operator has not listed is not called."""
    chat = open_chat(server, alice, slug="ten")
    use_model(server, alice, chat, "http://127.0.0.1:1/v1", "any")
    turn = say(server, chat, alice, "Call home")
    events = list(watch(server, turn["generations"][0]["id"], alice))
    assert events[-1].data["state"] == "failed"


def test_two_windows_hear_the_same(server: Served, alice: str) -> None:
    """A second device may watch."""
    chat = open_chat(server, alice, slug="eleven")
    turn = say(server, chat, alice, "Both of you")
    generation = turn["generations"][0]["id"]
    heard: list[str] = []
    threads = [
        threading.Thread(target=lambda: heard.append(text_of(list(watch(server, generation, alice))))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(heard)) == 1
    assert len(heard) == 3


@pytest.mark.slow
def test_a_killed_server_loses_no_message_and_marks_its_replies(tmp_path: Path) -> None:
    """Kill -9 in mid-reply; after the restart the words are there and the reply is marked interrupted."""
    data = tmp_path / "data"
    with served(data, BOTCAFE_REHEARSAL_PACE="10") as server:
        token = server.sign_up("kim@cafe.test")
        chat = open_chat(server, token)
        turn = say(server, chat, token, "Remember this")
        generation, reply = turn["generations"][0]["id"], turn["generations"][0]["message"]["id"]
        time.sleep(2.5)
        server.kill()
    with served(data) as server:
        kept = server.ask("GET", f"/api/message/{turn['message']['id']}?depth=0", token=token)[1]
        assert kept["entry"] == "Remember this"
        assert server.ask("GET", f"/api/message/{reply}?depth=0", token=token)[1]["entry"]
        deadline = time.monotonic() + 60
        state = "streaming"
        while state == "streaming" and time.monotonic() < deadline:
            state = server.ask("GET", f"/api/generations/{generation}?depth=0", token=token)[1]["state"]
            time.sleep(0.5)
        assert state == "interrupted"
        again = say(server, chat, token, "Are you back?")
        assert list(watch(server, again["generations"][0]["id"], token))[-1].data["state"] == "complete"


@pytest.mark.parametrize("way", ["logout", "password", "deactivation"])
def test_a_stream_ends_with_the_sign_in_and_the_reply_goes_on(server: Served, provider: FakeProvider, way: str) -> None:
    """Whoever signed out, or was signed out, reads no further; the words are stored all the same."""
    email = f"{way}@cafe.test"
    token = server.sign_up(email)
    user = server.ask("GET", "/api/users/me", token=token)[1]["user"]["id"]
    chat = open_chat(server, token, slug=f"ends-by-{way}")
    use_model(server, token, chat, provider.base_url, "tokens:300:60")
    generation = say(server, chat, token, "Go on")["generations"][0]["id"]
    kinds = []
    for event in watch(server, generation, token):
        kinds.append(event.kind)
        if len(kinds) == 3:
            end_sign_in(server, way, user, email, token)
    assert "token" in kinds
    assert "end" not in kinds
    if way != "deactivation":
        again = "changed-horse" if way == "password" else "correct-horse"
        other = server.ask("POST", "/api/users/login", {"email": email, "password": again})[1]["token"]
        assert server.ask("GET", f"/api/generations/{generation}", token=other)[1]["state"] == "streaming"
        assert server.ask("POST", f"/api/generations/{generation}/stop", {}, other)[0] == 200


def end_sign_in(server: Served, way: str, user: int, email: str, token: str) -> None:
    """End a sign-in: by its owner, by a new password of another sign-in, or by an admin."""
    right = {"email": email, "password": "correct-horse"}
    if way == "logout":
        assert server.ask("POST", "/api/users/logout", {}, token)[0] == 200
    elif way == "password":
        other = server.ask("POST", "/api/users/login", right)[1]["token"]
        change = {"password": "changed-horse", "current_password": "correct-horse"}
        assert server.ask("PATCH", f"/api/users/{user}", change, other)[0] == 200
    else:
        admin = server.ask("POST", "/api/users/login", {**right, "email": "first@cafe.test"})[1]["token"]
        assert server.ask("PATCH", f"/api/users/{user}", {"is_deactivated": True}, admin)[0] == 200
