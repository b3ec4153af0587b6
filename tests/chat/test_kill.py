"""SIGKILL at any moment of a turn: after the restart every accepted word is there, marked, and counted once."""

import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.chat.talking import Talker
from tests.live import Served, served

KILLS = 10
CHATS = 3
OVER = {"complete", "stopped", "interrupted", "failed"}


def talk(talker: Talker, chat: int, accepted: list[dict[str, Any]], ended: threading.Event) -> None:
    """Begin turns one after another until the server is gone; keep what it accepted."""
    number = 0
    while not ended.is_set():
        number += 1
        try:
            said = {"entry": f"words {chat} {number}"}
            status, answer = talker.ask("POST", f"/api/conversation/{chat}/turns", said)
        except OSError:
            return
        if status == 202:
            accepted.append({**answer, "entry": said["entry"]})
        time.sleep(0.02)


def settled(talker: Talker, count: int) -> list[dict[str, Any]]:
    """All generations, once none of them runs any more."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows: list[dict[str, Any]] = talker.good("GET", "/api/generations?depth=0&limit=1000&sort=id")["docs"]
        if len(rows) >= count and all(row["state"] in OVER for row in rows):
            return rows
        time.sleep(0.5)
    raise AssertionError(f"something is stuck: {[r['state'] for r in rows]}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_fifty_kills_lose_no_word_and_count_nothing_twice(tmp_path: Path, seed: int) -> None:
    """Three chats speak at once; the server is killed at a random moment, five times ten times."""
    data, draw = tmp_path / "data", random.Random(seed)
    token = ""
    chats: list[Any] = []
    accepted: list[Any] = []
    for round_number in range(KILLS):
        with served(data, BOTCAFE_REHEARSAL_PACE="60") as server:
            if not token:
                token = server.sign_up("kim@cafe.test")
                talker = Talker(server, token)
                chats = [talker.chat(talker.bot(f"Bot {n}")) for n in range(CHATS)]
            kill_while_talking(server, token, chats, accepted, draw.uniform(0.02, 1.5))
        assert accepted, round_number
    with served(data) as server:
        check(Talker(server, token), accepted)


def kill_while_talking(
    server: Served, token: str, chats: list[int], accepted: list[dict[str, Any]], seconds: float
) -> None:
    """One kill while all chats speak."""
    ended = threading.Event()
    talkers = [threading.Thread(target=talk, args=(Talker(server, token), chat, accepted, ended)) for chat in chats]
    for thread in talkers:
        thread.start()
    time.sleep(seconds)
    server.kill()
    ended.set()
    for thread in talkers:
        thread.join(30)


def check(talker: Talker, accepted: list[dict[str, Any]]) -> None:
    """Every message, every reply, every entry: there, marked, once."""
    rows = settled(talker, len(accepted))
    states = {row["id"]: row["state"] for row in rows}
    texts = {row["id"]: row["message"] for row in rows}
    for turn in accepted:
        assert talker.message(turn["message"]["id"])["entry"] == turn["entry"]
        assert states[turn["generations"][0]["id"]] in OVER
    assert "interrupted" in states.values(), "no kill met a reply in the making"
    for number, message in texts.items():
        row = talker.message(message)
        assert row["entry"] or states[number] != "complete"
    ledger = talker.good("GET", "/api/tokenLedger?depth=0&limit=1000")["docs"]
    assert len(ledger) == len(rows), "one entry for each reply, no more and no fewer"
    days = talker.good("GET", "/api/usageAnalytics?depth=0")["docs"]
    assert sum(day["total_messages"] for day in days) == len(rows)
    assert sum(day["total_tokens_used"] for day in days) == sum(entry["tokens"] for entry in ledger)
    more = talker.turn(talker.message(accepted[0]["message"]["id"])["conversation"], "Are you back?")
    assert more["events"][0][-1].data["state"] == "complete"


@pytest.mark.slow
def test_a_restart_lets_a_running_reply_end_first(tmp_path: Path) -> None:
    """Asked to end, the server waits for the reply, up to its time."""
    data = tmp_path / "data"
    with served(data, BOTCAFE_REHEARSAL_PACE="30") as server:
        talker = Talker(server, server.sign_up("kim@cafe.test"))
        chat = talker.chat()
        turn = talker.good("POST", f"/api/conversation/{chat}/turns", {"entry": "One moment"})
        time.sleep(0.5)
        server.process.terminate()
        server.process.wait(30)
    with served(data) as server:
        talker = Talker(server, talker.token)
        number = turn["generations"][0]["id"]
        assert talker.good("GET", f"/api/generations/{number}?depth=0")["state"] == "complete"
        assert talker.message(turn["generations"][0]["message"]["id"])["entry"].count(" ") > 40


@pytest.mark.slow
def test_what_does_not_end_in_time_is_interrupted_and_goes_on_later(tmp_path: Path) -> None:
    """A drain has its end; what is left is marked at once and continued from where it stood."""
    data = tmp_path / "data"
    with served(data, BOTCAFE_REHEARSAL_PACE="5", BOTCAFE_DRAIN_SECONDS="1") as server:
        talker = Talker(server, server.sign_up("kim@cafe.test"))
        chat = talker.chat()
        turn = talker.good("POST", f"/api/conversation/{chat}/turns", {"entry": "One moment"})
        time.sleep(2)
        server.process.terminate()
        server.process.wait(30)
    with served(data, BOTCAFE_REHEARSAL_PACE="2000") as server:
        talker = Talker(server, talker.token)
        number, message = turn["generations"][0]["id"], turn["generations"][0]["message"]["id"]
        assert talker.good("GET", f"/api/generations/{number}?depth=0")["state"] == "interrupted"
        before = talker.message(message)["entry"]
        assert before
        more = talker.turn(chat, mode="continue")
        assert more["events"][0][-1].data["state"] == "complete"
        assert talker.message(message)["entry"].startswith(before)
        assert len(talker.good("GET", "/api/tokenLedger?depth=0")["docs"]) == 2
