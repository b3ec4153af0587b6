"""SIGKILL at any moment of indexing: afterwards no row is without its vectors, and no vector without its row."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.chat.talking import Talker
from tests.live import served

KILLS = 12
SMALL = {"BOTCAFE_EMBEDDINGS": "hash"}
CHECK = """
import django, json
django.setup()
from botcafe.search import repair
found = repair.RepairReport()
repair.check_index(found)
repair.check_rows(found, lambda count: None)
print(json.dumps({"mended": found.counts, "waiting": repair.count_waiting()}))
"""


def environment(data: Path) -> dict[str, str]:
    """What the server of this folder runs with."""
    from tests.live import database_of

    kept = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_") or k == "BOTCAFE_DATABASE_URL"}
    if "BOTCAFE_DATABASE_URL" in kept:
        kept["BOTCAFE_DATABASE_URL"] = database_of(kept["BOTCAFE_DATABASE_URL"], data)
    return {**kept, **SMALL, "BOTCAFE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "botcafe.config.settings"}


def worker(data: Path) -> subprocess.Popen[bytes]:
    """A worker in a process group of its own."""
    log = (data.parent / "worker.log").open("ab")
    command = [sys.executable, "-m", "botcafe.cli.main", "worker"]
    return subprocess.Popen(command, env=environment(data), stdout=log, stderr=log, start_new_session=True)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


@pytest.mark.slow
def test_kills_of_the_worker_leave_rows_and_vectors_together(tmp_path: Path) -> None:
    """Entries are written, changed and deleted while the worker is killed again and again."""
    data, draw = tmp_path / "data", random.Random(5)
    with served(data) as server:
        talker = Talker(server, server.sign_up("kim@cafe.test"))
        shelf = talker.good("POST", "/api/knowledgeCollections?depth=0", {"name": "Lore"})["doc"]["id"]
        ids: list[int] = []
        met = 0
        for _ in range(KILLS):
            last, process = newest(talker), worker(data)
            until = time.monotonic() + 20
            while time.monotonic() < until and newest(talker) == last:
                change(talker, shelf, ids, draw)
            met += newest(talker) != last
            until = time.monotonic() + draw.uniform(0.0, 0.4)
            while time.monotonic() < until:
                change(talker, shelf, ids, draw)
            kill(process)
        assert met > KILLS * 2 // 3, "hardly a kill met a worker at work"
        process = worker(data)
        try:
            answer: dict[str, Any] = {}
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and not answer.get("indexed"):
                answer = talker.good("POST", "/api/search/wait", {"timeout": 20})
            assert answer == {"indexed": True, "waiting": 0, "failed": []}
        finally:
            kill(process)
        docs = everything(talker, "knowledge")
        assert {doc["id"] for doc in docs} == set(ids)
        assert all(doc["is_vectorized"] and doc["vector_status"] == "completed" for doc in docs)
        records = everything(talker, "vectorRecords")
        texts = {doc["id"]: doc["entry"] for doc in docs}
        assert {int(r["source_id"]) for r in records} == set(ids)
        assert all(r["chunk_text"] in texts[int(r["source_id"])] for r in records)
    found = subprocess.run([sys.executable, "-c", CHECK], env=environment(data), capture_output=True, check=True)
    assert orjson.loads(found.stdout.splitlines()[-1]) == {"mended": {}, "waiting": 0}


def everything(talker: Talker, slug: str) -> list[dict[str, Any]]:
    """All documents of a collection, page after page."""
    docs: list[dict[str, Any]] = []
    page: int | None = 1
    while page:
        answer = talker.good("GET", f"/api/{slug}?depth=0&limit=500&sort=id&page={page}")
        docs, page = docs + answer["docs"], answer["nextPage"]
    return docs


def newest(talker: Talker) -> Any:
    """The newest vector record: a worker at work makes others."""
    time.sleep(0.03)
    return talker.good("GET", "/api/vectorRecords?depth=0&limit=1&sort=-id")["docs"][:1]


def change(talker: Talker, shelf: int, ids: list[int], draw: random.Random) -> None:
    """Write an entry, or change or delete one."""
    words = f"Entry {draw.random()} of the shelf by the window. " * draw.choice((1, 1, 60))
    what = draw.random()
    if what < 0.6 or not ids:
        data = {"entry": words, "type": "text", "knowledge_collection": shelf}
        ids.append(talker.good("POST", "/api/knowledge?depth=0", data)["doc"]["id"])
    elif what < 0.85:
        talker.good("PATCH", f"/api/knowledge/{draw.choice(ids)}?depth=0", {"entry": words})
    else:
        talker.good("DELETE", f"/api/knowledge/{ids.pop(draw.randrange(len(ids)))}?depth=0")
