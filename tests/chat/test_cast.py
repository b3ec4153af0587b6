"""Several bots in one chat: who speaks, who is silent, and what each is told."""

import itertools
from typing import Any

import pytest

from botcafe.areas.companions.turns.speaking_order import Participant, choose_speakers, find_mentioned
from tests.chat.talking import Talker

ANNA = Participant(1, "Anna Bell", "primary", True, 0.5)
BEN = Participant(2, "Ben", "secondary", True, 0.5)
CATO = Participant(3, "Cato", "moderator", True, 0.5)
SILENT = Participant(4, "Dora", "secondary", False, 1.0)
ALL = [ANNA, BEN, CATO, SILENT]

TABLE: list[tuple[Any, ...]] = [
    # order, text, last, spoken, who may speak first, everybody that must and must not speak
    ("manual", "Hello", None, (), [], []),
    ("mention", "Hello Ben", None, (), [2], []),
    ("mention", "ben, and Anna?", None, (), [2, 1], []),
    ("mention", "Hello all", None, (), [1], []),
    ("list", "Hello", None, (), [1, 2, 3], []),
    ("pooled", "Hello", None, (1,), [2], []),
    ("pooled", "Cato?", None, (), [3], []),
]


@pytest.mark.parametrize(("order", "text", "last", "spoken", "who", "_"), TABLE)
def test_the_orders(
    order: str, text: str, last: int | None, spoken: tuple[int, ...], who: list[int], _: object
) -> None:
    assert choose_speakers(ALL, order, text, "seed", last=last, spoken=frozenset(spoken)) == who


def test_natural_order_draws_by_talkativeness_and_draws_the_same_again() -> None:
    chatty = [Participant(1, "Anna", "primary", True, 1.0), Participant(2, "Ben", "secondary", True, 0.0)]
    for seed in range(30):
        assert choose_speakers(chatty, "natural", "Hello", f"s{seed}") == [1]
    quiet = [Participant(n, f"Bot{n}", "secondary", True, 0.0) for n in (1, 2, 3)]
    drawn = {tuple(choose_speakers(quiet, "natural", "Hello", f"s{seed}")) for seed in range(40)}
    assert drawn <= {(1,), (2,), (3,)}
    assert len(drawn) == 3
    assert [choose_speakers(ALL, "natural", "Hi", "x") for _ in range(3)] == [
        choose_speakers(ALL, "natural", "Hi", "x")
    ] * 3


def test_nobody_who_is_muted_speaks_and_nobody_answers_itself() -> None:
    for seed in range(40):
        chosen = choose_speakers(ALL, "natural", "Dora, Anna", f"s{seed}", last=1)
        assert 4 not in chosen
        assert 1 not in chosen
        assert chosen


def test_a_name_is_heard_as_a_word_and_by_the_first_name() -> None:
    assert find_mentioned(ALL, "Benjamin and bend") == []
    assert [p.bot_id for p in find_mentioned(ALL, "ben! And you, anna?")] == [2, 1]


@pytest.fixture
def trio(alice: Talker) -> tuple[int, list[int]]:
    """A chat with three bots."""
    bots = [alice.bot(name) for name in ("Anna", "Ben", "Cato")]
    return alice.chat(*bots), bots


def test_all_speak_one_after_another_and_each_hears_the_one_before(alice: Talker, trio: tuple[int, list[int]]) -> None:
    chat, bots = trio
    alice.act(chat, "settings", speaking_order="list")
    turn = alice.turn(chat, "Good evening")
    assert [g["bot"]["id"] for g in turn["generations"]] == bots
    messages = [alice.message(g["message"]["id"]) for g in turn["generations"]]
    assert [m["parent"] for m in messages] == [turn["message"]["id"], messages[0]["id"], messages[1]["id"]]
    spans = [alice.good("GET", f"/api/generations/{g['id']}?depth=0") for g in turn["generations"]]
    assert all(a["ended_at"] <= b["started_at"] for a, b in itertools.pairwise(spans)), "turns overlap"
    seen = alice.good("GET", f"/api/generations/{turn['generations'][2]['id']}/trace")
    company = next(b for b in seen["blocks"] if b["id"] == "company")
    assert "Anna" in company["text"]
    assert "Ben" in company["text"]
    said = [b["text"] for b in seen["blocks"] if b["slot"] == "history"]
    assert any(text.startswith("Anna: ") for text in said)
    assert any(text.startswith("Ben: ") for text in said)
    assert turn["events"][0][-1].data["next"] == [turn["generations"][1]["id"]]


def test_a_speaker_can_be_forced_in_any_order(alice: Talker, trio: tuple[int, list[int]]) -> None:
    chat, bots = trio
    alice.act(chat, "settings", speaking_order="manual")
    turn = alice.turn(chat, "Who is there?")
    assert turn["generations"] == []
    more = alice.turn(chat, mode="continue", bot=bots[2])
    assert [g["bot"]["id"] for g in more["generations"]] == [bots[2]]
    more = alice.turn(chat, mode="continue", bot=bots[0])
    assert [g["bot"]["id"] for g in more["generations"]] == [bots[0]]
    stranger = alice.bot("Zoe")
    assert alice.ask("POST", f"/api/conversation/{chat}/turns", {"mode": "continue", "bot": stranger})[0] == 404


def test_bots_come_go_and_are_muted(alice: Talker, bob: Talker) -> None:
    anna, ben = alice.bot("Anna"), alice.bot("Ben")
    chat = alice.chat(anna)
    added = alice.act(chat, "bots", add=ben, role="moderator")
    assert [(b["id"], b["role"]) for b in added["bots"]] == [(anna, "primary"), (ben, "moderator")]
    assert added["conversation_type"] == "multi-bot"
    assert alice.ask("POST", f"/api/conversation/{chat}/bots", {"add": ben})[0] == 409
    assert alice.ask("POST", f"/api/conversation/{chat}/bots", {"add": bob.bot("Hidden")})[0] == 404
    muted = alice.act(chat, "bots", mute=anna)
    assert [b["is_active"] for b in muted["bots"]] == [False, True]
    alice.act(chat, "bots", mute=ben)
    status, answer = alice.ask("POST", f"/api/conversation/{chat}/turns", {"entry": "Anybody?"})
    assert status == 409
    assert "muted" in answer["errors"][0]["message"]
    assert alice.texts(chat) == []
    left = alice.act(chat, "bots", remove=anna)
    assert left["conversation_type"] == "single-bot"
    assert alice.ask("POST", f"/api/conversation/{chat}/bots", {"remove": ben})[0] == 409


@pytest.mark.parametrize(
    "body",
    [{}, {"add": "x"}, {"add": True}, {"add": 1, "remove": 2}, {"bot": 0}, {"add": 10**18}, {"mute": 999999}],
)
def test_a_change_of_the_cast_that_does_not_fit_is_refused(alice: Talker, body: dict[str, object]) -> None:
    chat = alice.chat()
    before = alice.good("GET", f"/api/conversation/{chat}?depth=0")
    assert alice.ask("POST", f"/api/conversation/{chat}/bots", body)[0] in {400, 404}
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0") == before


def test_auto_mode_talks_for_so_many_turns_and_stops(alice: Talker, trio: tuple[int, list[int]]) -> None:
    chat, _ = trio
    alice.act(chat, "settings", auto={"on": True, "delay_seconds": 0, "turns": 3}, speaking_order="pooled")
    turn = alice.turn(chat, "Talk among yourselves")
    last, count = turn["events"][-1][-1], 0
    while last.data["next"]:
        count += 1
        last = alice.watch(last.data["next"][0])[-1]
    assert count == 3
    assert alice.good("GET", f"/api/conversation/{chat}/settings")["auto"]["on"] is False
    assert len(alice.texts(chat)) == 2 + 3


def test_stop_ends_auto_mode(alice: Talker, trio: tuple[int, list[int]]) -> None:
    chat, _ = trio
    alice.act(chat, "settings", auto={"on": True, "delay_seconds": 60, "turns": 5}, speaking_order="pooled")
    turn = alice.turn(chat, "Talk")
    waiting = turn["events"][-1][-1].data["next"][0]
    assert alice.good("POST", f"/api/generations/{waiting}/stop", {})
    assert alice.watch(waiting)[-1].data["state"] == "stopped"
    assert alice.good("GET", f"/api/conversation/{chat}/settings")["auto"]["on"] is False
    assert len(alice.texts(chat)) == 2
    assert alice.leaf(chat) == turn["generations"][-1]["message"]["id"]
