"""A process that is given up for dead and lives harms no newer word, loses none of its own, and counts what it used."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botcafe.areas.companions.turns.generations import Lease
from botcafe.chat.generation.sweeper import MAX_GAP_SECONDS, SWEEP_SECONDS, LeaseWatch
from botcafe.cli.bench.server_process import stopped_processes
from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker, reply_of
from tests.chat.test_models import chat_with, key
from tests.live import served

RUNNING = {"queued", "streaming"}


def until(is_so: Callable[[], Any], seconds: float = 60) -> Any:
    """What is answered as soon as something is."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := is_so():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come to that")


def states(talker: Talker) -> list[str]:
    """The states of all generations."""
    rows = talker.good("GET", "/api/generations?depth=0&limit=100&sort=id")["docs"]
    return [row["state"] for row in rows]


def versions(talker: Talker, message: int) -> list[str]:
    """The words of a message and of those beside it, oldest first."""
    row = talker.message(message)
    found = talker.good("GET", f"/api/message?where[parent][equals]={row['parent']}&depth=0&sort=id")["docs"]
    return [each["entry"] for each in found]


def check_counters(talker: Talker, number: int) -> None:
    """The ledger, the day and the key say what the rows say."""
    rows = talker.good("GET", "/api/generations?depth=0&limit=100")["docs"]
    used = sum((row["input_tokens"] or 0) + (row["output_tokens"] or 0) for row in rows)
    ledger = talker.good("GET", "/api/tokenLedger?depth=0&limit=100")["docs"]
    days = talker.good("GET", "/api/usageAnalytics?depth=0")["docs"]
    assert sum(entry["tokens"] for entry in ledger) == used
    assert sum(day["total_tokens_used"] for day in days) == used
    assert sum(day["total_messages"] for day in days) == len(rows)
    assert talker.good("GET", f"/api/api-key/{number}?depth=0")["usage_analytics"]["total_tokens_used"] == used


@pytest.mark.slow
def test_a_process_that_wakes_up_writes_over_nothing(tmp_path: Path, fake: FakeProvider) -> None:
    """Of three replies one is continued elsewhere, one edited, one left alone, while their own process sleeps."""
    settings = {"BOTCAFE_PRIVATE_ENDPOINTS": ",".join(fake.allowed)}
    with served(tmp_path / "data", **settings) as one, served(tmp_path / "data", **settings) as two:
        sleeper = Talker(one, one.sign_up("alice@cafe.test"))
        awake = Talker(two, sleeper.token)
        number = key(sleeper, fake, "slow")
        chats = [chat_with(sleeper, number, "tokens:200:6") for _ in range(3)]
        turns = [sleeper.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Speak"}) for chat in chats]
        continued, edited, alone = (reply_of(turn) for turn in turns)
        until(lambda: all(awake.message(each)["entry"] for each in (continued, edited, alone)))
        with stopped_processes(one.process.pid):
            until(lambda: states(awake) == ["interrupted"] * 3)
            before = [awake.message(each)["entry"] for each in (continued, edited, alone)]
            awake.act(chats[0], "settings", model={"key": number, "model": "ok"})
            assert awake.turn(chats[0], mode="continue")["events"][0][-1].data["state"] == "complete"
            whole = awake.message(continued)["entry"]
            # Shorter than what was there, so that the late words begin as the edit does.
            assert awake.good("POST", f"/api/conversation/{chats[1]}/edit", {"message": edited, "entry": before[1][:4]})
        until(lambda: not RUNNING & set(states(awake)) and "interrupted" not in states(awake))
        assert states(awake) == ["complete"] * 4
        assert awake.message(continued)["entry"] == whole
        assert awake.message(edited)["entry"] == before[1][:4]
        assert [awake.leaf(chat) for chat in chats] == [continued, edited, alone]
        late = awake.message(alone)["entry"]
        assert late.startswith(before[2])
        assert len(late) > len(before[2])
        assert versions(awake, alone) == [late]
        assert versions(awake, continued) == [whole, late]
        assert versions(awake, edited) == [before[1][:4], late]
        check_counters(awake, number)


@pytest.mark.slow
def test_a_restarted_server_knows_its_dead_at_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with served(data, BOTCAFE_REHEARSAL_PACE="5") as server:
        talker = Talker(server, server.sign_up("kim@cafe.test"))
        chat = talker.chat()
        turn = talker.good("POST", f"/api/conversation/{chat}/turns", {"entry": "One moment"})
        until(lambda: talker.message(reply_of(turn))["entry"])
        server.kill()
    with served(data, BOTCAFE_REHEARSAL_PACE="2000") as server:
        talker = Talker(server, talker.token)
        until(lambda: states(talker) == ["interrupted"], 2)
        assert talker.turn(chat, mode="continue")["events"][0][-1].data["state"] == "complete"


def test_a_lease_is_stale_only_where_nobody_renewed_it_while_this_process_was_awake() -> None:
    watch, lease = LeaseWatch(), Lease(1, "other", "a")
    moments = [100 + SWEEP_SECONDS * n for n in range(6)]
    assert [watch.find_stale([lease], moment) for moment in moments] == [[], [], [], [], [], [lease]]
    renewed = Lease(1, "other", "b")
    assert watch.find_stale([renewed], 118) == []
    # After a sleep nothing is known of the others: they may have slept too.
    slept = 118 + MAX_GAP_SECONDS + 60
    assert [watch.find_stale([renewed], slept + SWEEP_SECONDS * n) for n in range(5)] == [[]] * 5
    assert watch.find_stale([renewed], slept + SWEEP_SECONDS * 5) == [renewed]
