"""SIGKILL at any moment of a turn: after the restart every accepted word is there, marked, and counted once."""

import time
from pathlib import Path

import pytest

from botcafe.cli.bench.faults.kills import measure_kills
from tests.chat.talking import Talker
from tests.live import served

# `botcafe bench faults --kills 50` does it more often.
KILLS = 7


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_kills_lose_no_word_and_count_nothing_twice(tmp_path: Path, seed: int) -> None:
    """Chats speak at once; the server is killed at a random moment, three times seven times."""
    figures = measure_kills(tmp_path / "data", KILLS, seed)
    assert figures.times == KILLS
    assert figures.is_met, figures


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
