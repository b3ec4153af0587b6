"""SIGKILL at any moment of reading documents: afterwards each is read once, whole, and none waits for ever."""

import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.chat.talking import Talker
from tests.live import served
from tests.retrieval.test_kill import kill, worker

KILLS = 8
WORDS = ("hart", "wood", "bell", "river", "tower", "lamp", "raven", "salt", "thorn", "glass")


def page(number: int) -> str:
    """A page of the web, which is read in a process of its own."""
    said = " ".join(f"The {word} of {number} stands where it stood." for word in WORDS)
    return f"<!doctype html><html><head><title>Page {number}</title></head><body><p>{said}</p></body></html>"


def states(talker: Talker, shelf: int) -> list[dict[str, Any]]:
    """The documents as they are told."""
    found: list[dict[str, Any]] = talker.good("GET", f"/api/knowledgeCollections/{shelf}/documents")["documents"]
    return found


@pytest.mark.slow
def test_kills_of_the_worker_leave_every_document_read_once(tmp_path: Path) -> None:
    data, draw = tmp_path / "data", random.Random(7)
    with served(data) as server:
        talker = Talker(server, server.sign_up("kim@cafe.test"))
        shelf = talker.good("POST", "/api/knowledgeCollections?depth=0", {"name": "Lore"})["doc"]["id"]
        path = f"/api/knowledgeCollections/{shelf}/documents"
        made, met = 0, 0
        for _ in range(KILLS):
            for _ in range(3):
                made += 1
                talker.good("POST", path, {"text": page(made), "title": f"Page {made}"})
            process = worker(data)
            until = time.monotonic() + 20
            while time.monotonic() < until and not any(
                each["processing_status"] == "processing" for each in states(talker, shelf)
            ):
                time.sleep(0.02)
            time.sleep(draw.uniform(0, 0.6))
            kill(process)
            met += any(each["processing_status"] != "completed" for each in states(talker, shelf))
        assert met > KILLS // 2, "hardly a kill met a worker at work"
        process = worker(data)
        try:
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and any(each["progress"] < 100 for each in states(talker, shelf)):
                time.sleep(0.2)
            found = states(talker, shelf)
        finally:
            kill(process)
        assert {each["processing_status"] for each in found} == {"completed"}
        assert sorted(each["title"] for each in found) == sorted(f"Page {n}" for n in range(1, made + 1))
        assert {each["progress"] for each in found} == {100}
