"""What breaks beneath the café: a database that is started anew, a worker that dies. The café goes on by itself."""

import http.client
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.chat.talking import Talker, reply_of
from tests.chat.watching import text_of
from tests.live import served
from tests.postgres import start_server

pytestmark = pytest.mark.slow
PATIENCE = 60
# How long PostgreSQL is stopped; 90 for the figures of `docs/operate.md`.
OUTAGE_SECONDS = float(os.environ.get("BOTCAFE_OUTAGE_SECONDS", "3"))
READ_ONLY_SECONDS = 12.0


@pytest.fixture
def postgres() -> Iterator[Any]:
    """A PostgreSQL of this test alone, which it may stop."""
    server = start_server()
    yield server
    server.cleanup()


def until(answers: Callable[[], Any]) -> Any:
    """What is answered as soon as something is."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if found := answers():
            return found
        time.sleep(0.2)
    raise AssertionError("nothing came")


def test_a_database_restart_loses_no_reply_and_no_server(tmp_path: Path, postgres: Any) -> None:
    settings = {"BOTCAFE_DATABASE_URL": postgres.get_uri(), "BOTCAFE_REHEARSAL_PACE": "8"}
    with served(tmp_path / "data", **settings) as server:
        alice = Talker(server, server.sign_up("alice@cafe.test"))
        chat, other = alice.chat(), alice.chat()
        turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Tell me of the harbour, at length."})
        number = turn["generations"][0]["id"]
        until(lambda: alice.message(turn["generations"][0]["message"]["id"])["entry"])
        assert server.ask("GET", "/readyz") == (200, b"ready\n")
        postgres.stop()
        assert server.ask("GET", "/healthz") == (200, b"alive\n")
        assert server.ask("GET", "/readyz") == (503, b"The database does not answer.\n")
        status, answer = alice.ask("POST", f"/api/conversation/{other}/turns", {"entry": "Is anybody there?"})
        assert status == 503
        assert "cannot store" in answer["errors"][0]["message"]
        page_status, page = server.ask("GET", "/")
        assert page_status == 503
        assert b"cannot reach its database" in page
        assert server.ask("GET", "/api/account/events", None, alice.token)[0] == 503
        time.sleep(OUTAGE_SECONDS)
        postgres.start()
        assert alice.ask("GET", f"/api/conversation/{chat}/settings")[0] == 200
        until(lambda: alice.good("GET", f"/api/generations/{number}?depth=0")["state"] == "complete")
        heard = alice.watch(number)
        assert heard[-1].data["state"] == "complete"
        assert text_of(heard) == alice.message(turn["generations"][0]["message"]["id"])["entry"]
        assert alice.good("GET", f"/api/message?where[conversation][equals]={other}&depth=0")["docs"] == []
        assert len(alice.good("GET", "/api/tokenLedger?depth=0")["docs"]) == 1
        alice.turn(other, "Here again")


def log_of(data: Path) -> str:
    """All that a server has written to its log."""
    return (data.parent / f"{data.name}.log").read_text(errors="replace")


def test_a_database_that_becomes_read_only_loses_no_reply_and_writes_no_traceback(
    tmp_path: Path, postgres: Any
) -> None:
    """As after a failover, or on a full disk of a managed database."""
    settings = {"BOTCAFE_DATABASE_URL": postgres.get_uri(), "BOTCAFE_REHEARSAL_PACE": "25"}
    with served(tmp_path / "data", **settings) as server:
        alice = Talker(server, server.sign_up("alice@cafe.test"))
        chats = [alice.chat() for _ in range(4)]
        turns = [alice.good("POST", f"/api/conversation/{each}/turns", {"entry": "Tell me all."}) for each in chats]
        until(lambda: all(alice.message(reply_of(turn))["entry"] for turn in turns))
        set_read_only(postgres, "on")
        status, answer = until(lambda: refused(alice, chats[0]))
        assert status == 503
        assert "cannot store" in answer["errors"][0]["message"]
        time.sleep(READ_ONLY_SECONDS)
        assert [alice.ask("PATCH", f"/api/conversation/{chats[1]}", {"title": "x"})[0] for _ in range(20)] == [503] * 20
        set_read_only(postgres, "off")
        rows = "/api/generations?depth=0&sort=id"
        until(lambda: {row["state"] for row in alice.good("GET", rows)["docs"]} == {"complete"})
        for turn in turns:
            assert text_of(alice.watch(turn["generations"][0]["id"])) == alice.message(reply_of(turn))["entry"]
        assert len(alice.good("GET", "/api/tokenLedger?depth=0")["docs"]) == len(chats)
        assert list((tmp_path / "data" / "spool").glob("*")) == []
    log = log_of(tmp_path / "data")
    assert "Traceback" not in log
    assert 1 <= log.count("the database is away") <= 3


def set_read_only(postgres: Any, value: str) -> None:
    """Have every new transaction be read-only, or writable again."""
    import psycopg

    with psycopg.connect(postgres.get_uri(), autocommit=True) as line:
        line.execute("SET default_transaction_read_only = off")
        line.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        line.execute("SELECT pg_reload_conf()")


def refused(talker: Talker, chat: int) -> tuple[int, Any] | None:
    """The answer to a change, once changes are refused."""
    status, answer = talker.ask("PATCH", f"/api/conversation/{chat}", {"title": "A title"})
    return (status, answer) if status != 200 else None


def test_a_reply_that_ends_while_the_database_is_away_survives_a_kill(tmp_path: Path, postgres: Any) -> None:
    data = tmp_path / "data"
    settings = {"BOTCAFE_DATABASE_URL": postgres.get_uri(), "BOTCAFE_REHEARSAL_PACE": "25"}
    with served(data, **settings) as server:
        alice = Talker(server, server.sign_up("alice@cafe.test"))
        chat = alice.chat()
        turn = alice.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Tell me of the harbour, at length."})
        until(lambda: alice.message(reply_of(turn))["entry"])
        before = alice.message(reply_of(turn))["entry"]
        postgres.stop()
        kept = until(lambda: list((data / "spool").glob("*.json")))[0]
        assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        server.kill()
        postgres.start()
    with served(data, **settings) as server:
        alice = Talker(server, alice.token)
        until(lambda: alice.good("GET", "/api/generations?depth=0")["docs"][0]["state"] == "complete")
        after = alice.message(reply_of(turn))["entry"]
        assert after.startswith(before)
        assert len(after) > len(before)
        assert len(alice.good("GET", "/api/tokenLedger?depth=0")["docs"]) == 1
        assert list((data / "spool").glob("*")) == []


def test_a_dead_worker_is_restarted_and_runs_waiting_jobs(tmp_path: Path) -> None:
    with served(tmp_path / "data", with_jobs=True) as server:
        alice = Talker(server, server.sign_up("alice@cafe.test"))
        first = until(lambda: worker_of(server.process.pid))
        os.kill(first, signal.SIGKILL)
        shelf = alice.good("POST", "/api/knowledgeCollections?depth=0", {"name": "Lore"})["doc"]["id"]
        data = {"knowledge_collection": shelf, "type": "text", "entry": "The white hart sleeps."}
        entry = alice.good("POST", "/api/knowledge?depth=0", data)["doc"]["id"]
        until(lambda: alice.good("GET", f"/api/knowledge/{entry}?depth=0")["is_vectorized"])
        assert until(lambda: worker_of(server.process.pid)) != first


def test_a_worker_waits_for_its_tables_and_then_beats(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BOTCAFE_")}
    environment |= {"BOTCAFE_DATA": str(data), "BOTCAFE_EMBEDDINGS": "hash"}
    command = [sys.executable, "-m", "botcafe.cli.main", "worker"]
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=environment, stderr=log)
    try:
        until(lambda: "jobs wait until" in (tmp_path / "worker.log").read_text())
        assert not list(data.glob("*.sqlite3"))
        with served(
            data, BOTCAFE_DATABASE_URL="", BOTCAFE_METRICS_TOKEN="x" * 20, BOTCAFE_WORKER="elsewhere"
        ) as server:
            until(lambda: heartbeat_age(server) is not None)
            assert 0 <= float(heartbeat_age(server) or 0) < 30
            assert worker.poll() is None
    finally:
        worker.terminate()
        worker.wait(20)


def heartbeat_age(server: Any) -> str | None:
    """What the metrics say of the worker."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {'x' * 20}"})
    found = re.search(r"^botcafe_worker_heartbeat_age_seconds (.+)$", connection.getresponse().read().decode(), re.M)
    return found[1] if found else None


def test_server_processes_that_die_again_and_again_are_started_again(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        alice = Talker(server, server.sign_up("alice@cafe.test"))
        for _ in range(3):
            number = until(lambda: next((n for n in children_of(server.process.pid) if is_alive(n)), None))
            os.kill(number, signal.SIGKILL)
            until(lambda: answers(alice))
        assert alice.turn(alice.chat(), "Still here?")["events"][0][-1].data["state"] == "complete"


def answers(talker: Talker) -> bool:
    """Whether anybody serves."""
    try:
        return talker.ask("GET", "/api/users/init")[0] == 200
    except OSError:
        return False


def test_no_child_process_outlives_the_server(tmp_path: Path) -> None:
    """Else its port would stay taken, and an old version go on beside the new one."""
    with served(tmp_path / "data", with_jobs=True) as server:
        group = [until(lambda: worker_of(server.process.pid)), *children_of(server.process.pid)]
        assert len(set(group)) >= 2
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(20)
        until(lambda: not any(is_alive(each) for each in group))
        with pytest.raises(ConnectionError):
            server.ask("GET", "/api/users/init")


@pytest.mark.skipif(os.environ.get("BOTCAFE_TEST_DATABASE") == "postgresql", reason="its server holds its own locks")
def test_a_reply_of_a_killed_server_is_stored_though_others_open_the_database(tmp_path: Path) -> None:
    with served(tmp_path / "data", BOTCAFE_REHEARSAL_PACE="8") as server:
        alice = Talker(server, server.sign_up("alice@cafe.test"))
        turn = alice.good("POST", f"/api/conversation/{alice.chat()}/turns", {"entry": "Tell me of the harbour."})
        reply = turn["generations"][0]
        until(lambda: alice.message(reply["message"]["id"])["entry"])
        writers = children_of(server.process.pid)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(20)
        # Whoever is the last to close the file, as its locks tell, deletes the log of writes.
        ask_file(server.data, "SELECT COUNT(*) FROM companions_message")
        until(lambda: not any(is_alive(each) for each in writers))
        assert "SQLITE_" not in server.log()
        found = "SELECT state FROM companions_generation WHERE id = ?"
        assert ask_file(server.data, found, reply["id"])[0] in {"complete", "interrupted"}
        assert ask_file(server.data, "PRAGMA quick_check") == ("ok",)


def ask_file(data: Path, statement: str, *values: object) -> tuple[Any, ...]:
    """The first row, by a connection that is closed at once."""
    with closing(sqlite3.connect(data / "botcafe.sqlite3")) as database:
        row: tuple[Any, ...] = database.execute(statement, values).fetchone()
        return row


def is_alive(process: int) -> bool:
    """Whether a process runs; what has ended and was not yet asked for its end does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children_of(parent: int) -> list[int]:
    """The processes that a process has started."""
    lists = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for children in lists for child in children.read_text().split()]


def worker_of(parent: int) -> int | None:
    """The worker among the children of a server."""
    found = (n for n in children_of(parent) if Path(f"/proc/{n}/cmdline").read_bytes().split(b"\0")[3:4] == [b"worker"])
    return next(found, None)
