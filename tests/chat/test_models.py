"""Models in a chat: fallbacks, limits, lies about usage, thinking, pictures, and what is refused."""

from typing import Any

import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker, reply_of
from tests.suites.rows import MULTIPART, multipart

PLANTED = "sk-planted-0003"


def key(talker: Talker, fake: FakeProvider, nickname: str, provider: str = "custom", **configuration: Any) -> int:
    """A key of somebody's for the fake provider."""
    data = {
        "nickname": nickname,
        "provider": provider,
        "key": PLANTED,
        "key_configuration": configuration,
        "provider_settings": {"custom_settings": {"api_endpoint": fake.base_url}},
    }
    number: int = talker.good("POST", "/api/api-key?depth=0", data)["doc"]["id"]
    return number


def chat_with(talker: Talker, key_id: int, model: str) -> int:
    """A chat that a model of this key answers in."""
    chat = talker.chat()
    talker.act(chat, "settings", model={"key": key_id, "model": model})
    return chat


def generation(talker: Talker, turn: dict[str, Any]) -> dict[str, Any]:
    """The trace of a turn's first reply."""
    found: dict[str, Any] = talker.good("GET", f"/api/generations/{turn['generations'][0]['id']}/trace")
    return found


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google"])
def test_each_wire_answers_in_a_chat(alice: Talker, fake: FakeProvider, provider: str) -> None:
    chat = chat_with(alice, key(alice, fake, f"wire {provider}", provider), "ok")
    turn = alice.turn(chat, "Hello there")
    assert turn["events"][0][-1].data["state"] == "complete", turn["events"][0]
    assert alice.message(reply_of(turn))["entry"]
    assert generation(alice, turn)["provider"] == provider


def test_the_fallback_answers_and_every_hop_keeps_its_reason(alice: Talker, fake: FakeProvider) -> None:
    key(alice, fake, "second")
    first = key(alice, fake, "first", fallback_providers=["second:500", "second:ok"])
    turn = alice.turn(chat_with(alice, first, "429"), "Anybody?")
    assert turn["events"][0][-1].data["state"] == "complete"
    seen = generation(alice, turn)
    assert seen["model"] == "ok"
    assert [hop["model"] for hop in seen["hops"]] == ["429", "500"]
    assert "often" in seen["hops"][0]["reason"].lower()
    assert PLANTED not in str(seen)


def test_what_has_begun_to_speak_is_not_followed_by_another(alice: Talker, fake: FakeProvider) -> None:
    key(alice, fake, "spare")
    first = key(alice, fake, "breaks", fallback_providers=["spare:ok"])
    turn = alice.turn(chat_with(alice, first, "error-midstream"), "Go on")
    assert turn["events"][0][-1].data["state"] == "failed"
    assert alice.message(reply_of(turn))["entry"]
    assert generation(alice, turn)["hops"] == []


@pytest.mark.parametrize("kind", ["negative", "absurd", "strings", "fractions", "true"])
def test_a_provider_that_lies_about_usage_is_not_believed(alice: Talker, fake: FakeProvider, kind: str) -> None:
    chat = chat_with(alice, key(alice, fake, f"liar {kind}"), f"lying-usage:{kind}")
    turn = alice.turn(chat, "How much was that?")
    assert turn["events"][0][-1].data["state"] == "complete"
    seen = generation(alice, turn)
    assert seen["is_estimated"] is True
    assert 0 < seen["input_tokens"] < 10_000
    assert 0 < seen["output_tokens"] < 10_000


def test_thinking_is_kept_apart_and_never_sent_back(alice: Talker, fake: FakeProvider) -> None:
    chat = chat_with(alice, key(alice, fake, "thinker"), "reasoning")
    turn = alice.turn(chat, "Think first")
    thought = "".join(e.data["text"] for e in turn["events"][0] if e.kind == "reasoning")
    assert thought
    assert generation(alice, turn)["reasoning"] == thought
    assert thought not in alice.message(reply_of(turn))["entry"]
    alice.turn(chat, "And now?")
    assert thought not in str(fake.requests[-1].body)


def test_a_limit_of_the_key_refuses_before_the_call(alice: Talker, fake: FakeProvider) -> None:
    number = key(alice, fake, "limited", rate_limits={"requests_per_hour": 1})
    chat = chat_with(alice, number, "ok")
    assert alice.turn(chat, "One")["events"][0][-1].data["state"] == "complete"
    before, entries = len(fake.requests), alice.good("GET", "/api/tokenLedger/count")
    turn = alice.turn(chat, "Two")
    assert turn["events"][0][-1].data["state"] == "failed"
    told = next(e for e in turn["events"][0] if e.kind == "error").data["message"]
    assert "hour" in told
    assert len(fake.requests) == before
    used = alice.good("GET", f"/api/api-key/{number}?depth=0")["usage_analytics"]
    assert used["total_requests"] == 1
    assert alice.good("GET", "/api/tokenLedger/count") == entries, "a call that was refused is no use, and nobody paid"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"security_features": {"is_active": False}}, "off"),
        ({"security_features": {"key_expiry_date": "2020-01-01T00:00:00.000Z"}}, "run out"),
    ],
)
def test_a_key_that_is_off_or_has_run_out_is_not_used(
    alice: Talker, fake: FakeProvider, change: dict[str, Any], words: str
) -> None:
    number = key(alice, fake, f"old {words}")
    chat = chat_with(alice, number, "ok")
    alice.good("PATCH", f"/api/api-key/{number}?depth=0", change)
    before, entries = len(fake.requests), alice.good("GET", "/api/tokenLedger/count")
    turn = alice.turn(chat, "Still there?")
    assert turn["events"][0][-1].data["state"] == "failed"
    assert words in next(e for e in turn["events"][0] if e.kind == "error").data["message"]
    assert len(fake.requests) == before
    assert alice.good("GET", "/api/tokenLedger/count") == entries
    assert alice.message(turn["message"]["id"])["entry"] == "Still there?"


def test_a_revoked_key_is_told_in_words(alice: Talker, fake: FakeProvider) -> None:
    number = key(alice, fake, "gone")
    chat = chat_with(alice, number, "ok")
    alice.good("DELETE", f"/api/api-key/{number}?depth=0")
    turn = alice.turn(chat, "Hello?")
    assert turn["events"][0][-1].data["state"] == "failed"
    assert "not there any more" in next(e for e in turn["events"][0] if e.kind == "error").data["message"]


def test_a_bots_part_has_a_model_of_its_own(alice: Talker, fake: FakeProvider) -> None:
    number = key(alice, fake, "part")
    anna, ben = alice.bot("Anna"), alice.bot("Ben")
    chat = alice.chat(anna, ben)
    alice.act(chat, "settings", speaking_order="list")
    alice.act(chat, "bots", bot=ben, model={"key": number, "model": "ok"})
    turn = alice.turn(chat, "Both")
    models = [alice.good("GET", f"/api/generations/{g['id']}?depth=0")["model"] for g in turn["generations"]]
    assert models == ["rehearsal", "ok"]


def test_one_failing_bot_does_not_hold_up_the_next(alice: Talker, fake: FakeProvider) -> None:
    number = key(alice, fake, "broken part")
    anna, ben = alice.bot("Anna"), alice.bot("Ben")
    chat = alice.chat(anna, ben)
    alice.act(chat, "settings", speaking_order="list")
    alice.act(chat, "bots", bot=anna, model={"key": number, "model": "401"})
    turn = alice.turn(chat, "Both")
    assert [events[-1].data["state"] for events in turn["events"]] == ["failed", "complete"]


def test_a_picture_goes_to_the_model_and_stays_with_its_owner(alice: Talker, bob: Talker, fake: FakeProvider) -> None:
    import http.client

    import orjson

    def upload(talker: Talker) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", talker.server.port, timeout=20)
        headers = {"Content-Type": MULTIPART, "Authorization": f"JWT {talker.token}"}
        connection.request("POST", "/api/media?depth=0", multipart({"alt": "a cup"}), headers)
        number: int = orjson.loads(connection.getresponse().read())["doc"]["id"]
        return number

    chat = chat_with(alice, key(alice, fake, "seer"), "ok")
    theirs = upload(bob)
    refused = {"entry": "Look", "attachments": [theirs]}
    assert alice.ask("POST", f"/api/conversation/{chat}/turns", refused)[0] == 404
    assert alice.texts(chat) == []
    turn = alice.turn(chat, attachments=[upload(alice)], mode="send")
    assert turn["events"][0][-1].data["state"] == "complete"
    assert "data:image/" in str(fake.requests[-1].body)


def test_many_watchers_are_bounded(alice: Talker) -> None:
    import http.client

    chat = alice.chat()
    alice.act(chat, "settings", auto={"on": True, "delay_seconds": 60, "turns": 2})
    turn = alice.turn(chat, "Wait")
    waiting = turn["events"][-1][-1].data["next"]
    target = f"/api/generations/{waiting[0]}/events" if waiting else "/api/account/events"
    lines, states = [], []
    for _ in range(100):
        line = http.client.HTTPConnection("127.0.0.1", alice.server.port, timeout=20)
        line.request("GET", target, headers={"Authorization": f"JWT {alice.token}"})
        response = line.getresponse()
        states.append(response.status)
        lines.append(line)
        if response.status != 200:
            assert b"windows may watch" in response.read()
    for line in lines:
        line.close()
    assert states.count(200) == 12
    assert states.count(429) == 88
    if waiting:
        alice.good("POST", f"/api/generations/{waiting[0]}/stop", {})


def test_exports_hold_the_branch_with_its_alternatives(alice: Talker) -> None:
    import orjson

    chat = alice.chat(title="Export <me>")
    alice.turn(chat, "First **bold** & <b>raw</b>")
    alice.turn(chat, mode="regenerate")
    where = f"/api/conversation/{chat}/export?format="
    lines = [orjson.loads(line) for line in alice.good("GET", where + "jsonl").splitlines()]
    assert lines[0]["chat_metadata"]["botcafe"]["title"] == "Export <me>"
    assert (lines[1]["is_user"], lines[1]["mes"]) == (True, "First **bold** & <b>raw</b>")
    assert len(lines[2]["swipes"]) == 2
    assert lines[2]["mes"] == lines[2]["swipes"][lines[2]["swipe_id"]]
    assert alice.good("GET", where + "json")["data"]["messages"][0]["text"] == "First **bold** & <b>raw</b>"
    assert b"First **bold**" in alice.good("GET", where + "md")
    page = alice.good("GET", where + "html")
    assert b"<strong>bold</strong>" in page
    assert b"<title>Export &lt;me&gt;</title>" in page
    assert alice.ask("GET", where + "exe")[0] == 400


def test_only_the_server_makes_a_chat_temporary(alice: Talker) -> None:
    chat = alice.chat()
    alice.turn(chat, "unrepeatable-word")

    assert alice.ask("PATCH", f"/api/conversation/{chat}?depth=0", {"is_temporary": True})[0] == 200
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0")["is_temporary"] is not True, "the server's to set"


def test_auto_mode_ends_with_a_reply_that_fails(alice: Talker, fake: FakeProvider) -> None:
    chat = chat_with(alice, key(alice, fake, "auto fails"), "500")
    alice.act(chat, "settings", auto={"on": True, "delay_seconds": 0, "turns": 5})
    turn = alice.turn(chat, "Talk")
    assert turn["events"][0][-1].data["state"] == "failed"
    assert turn["events"][0][-1].data["next"] == []
    assert alice.good("GET", f"/api/conversation/{chat}/settings")["auto"]["on"] is False


def test_what_one_account_is_counted_changes_no_prompt_of_another(
    alice: Talker, bob: Talker, fake: FakeProvider
) -> None:
    """The same provider and model, behind two keys: only the owner of the first one learns from its counts."""

    def preview(talker: Talker, chat: int) -> int:
        total: int = talker.act(chat, "preview", entry="How long is this?")["total_tokens"]
        return total

    keys = {talker.token: key(talker, fake, "counted") for talker in (alice, bob)}
    hers, his = (chat_with(talker, keys[talker.token], "prompt-tokens:40") for talker in (alice, bob))
    before = preview(alice, hers), preview(bob, his)
    for _ in range(3):
        alice.turn(chat_with(alice, keys[alice.token], "prompt-tokens:40"), "Hi")
    assert preview(alice, hers) < before[0]
    assert preview(bob, his) == before[1]
