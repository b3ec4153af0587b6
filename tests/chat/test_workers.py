"""Two server processes over one database: a watcher on one follows what the other writes."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chat.talking import Talker
from tests.chat.watching import text_of, watch
from tests.live import free_port, served
from tests.needs import needs_program

NEEDS_REDIS = needs_program("redis-server", "redis-server")


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A real Redis: its address and its process."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.terminate()
        process.wait(10)


def follow_across(data: Path, **settings: str) -> tuple[str, str, list[float]]:
    """Begin a turn on one server and hear it on another: its words here and there, and when pieces came."""
    pace = {"BOTCAFE_REHEARSAL_PACE": "25", **settings}
    with served(data, **pace) as one, served(data, **pace) as two:
        alice = Talker(one, one.sign_up("alice@cafe.test"))
        chat = alice.chat()
        turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Across the street"})
        number = turn["generations"][0]["id"]
        moments, heard = [], []
        for event in watch(two, number, alice.token):
            heard.append(event)
            if event.kind == "token":
                moments.append(time.monotonic())
        assert heard[-1].data["state"] == "complete"
        stored = alice.message(turn["generations"][0]["message"]["id"])["entry"]
        stop_across(one, two, alice, chat)
        return text_of(heard), stored, moments


def stop_across(one: object, two: object, alice: Talker, chat: int) -> None:
    """A stop asked for at one server reaches the reply that the other writes."""
    turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Stop me over there"})
    number = turn["generations"][0]["id"]
    time.sleep(0.6)
    other = Talker(two, alice.token)
    other.good("POST", f"/api/generations/{number}/stop", {})
    assert other.watch(number)[-1].data["state"] == "stopped"


def test_the_database_carries_a_reply_to_another_process(tmp_path: Path) -> None:
    heard, stored, moments = follow_across(tmp_path / "data")
    assert heard == stored
    assert len(moments) >= 3


@NEEDS_REDIS
def test_redis_carries_it_sooner(tmp_path: Path) -> None:
    with redis(tmp_path) as (address, _):
        heard, stored, moments = follow_across(tmp_path / "data", BOTCAFE_REDIS_URL=address)
    assert heard == stored
    assert len(moments) >= 12, "the text came in small pieces, not twice a second"


@NEEDS_REDIS
def test_a_reply_survives_the_end_of_redis(tmp_path: Path) -> None:
    with redis(tmp_path) as (address, process):
        settings = {"BOTCAFE_REDIS_URL": address, "BOTCAFE_REHEARSAL_PACE": "25"}
        with served(tmp_path / "data", **settings) as one, served(tmp_path / "data", **settings) as two:
            alice = Talker(one, one.sign_up("alice@cafe.test"))
            chat = alice.chat()
            turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Hold on"})
            heard = watch(two, turn["generations"][0]["id"], alice.token)
            first = [next(heard), next(heard)]
            process.terminate()
            process.wait(10)
            events = [*first, *heard]
            assert events[-1].data["state"] == "complete"
            stored = alice.message(turn["generations"][0]["message"]["id"])["entry"]
            logs = [one.log(), two.log()]
    assert text_of(events) == stored
    # Both append to one file, and each tells of an outage once in half a minute.
    away = [line for line in logs[-1].splitlines() if "Redis is away" in line]
    assert 1 <= len(away) <= 4, logs[-1]
    assert not any("Traceback" in log for log in logs)
