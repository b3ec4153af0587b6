"""SIGKILL at any moment of an import: a file came in whole, or not at all."""

import itertools
import random
import threading
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.live import Served, served

KILLS = 5
ENTRIES = 300
LINES = 400
_SERIAL = itertools.count(1)


def lorebook(number: int) -> bytes:
    """A book of many entries."""
    entries = {str(n): {"uid": n, "key": [f"key {n}"], "content": f"Text {n} of {number}."} for n in range(ENTRIES)}
    return orjson.dumps({"name": f"Book {number}", "entries": entries})


def chat(number: int) -> bytes:
    """A chat of many lines."""
    head = {"user_name": "Kim", "character_name": f"Bot {number}", "chat_metadata": {}}
    rows = [
        {"name": "Kim" if n % 2 else f"Bot {number}", "is_user": bool(n % 2), "mes": f"Line {n}."} for n in range(LINES)
    ]
    return b"\n".join(orjson.dumps(each) for each in (head, *rows))


def bring(server: Served, token: str, ended: threading.Event, accepted: list[int]) -> None:
    """Bring files one after another until the server is gone."""
    while not ended.is_set():
        number = next(_SERIAL)
        make = lorebook if number % 2 else chat
        try:
            status, _ = server.ask("POST", "/api/import", make(number), token)
        except OSError:
            return
        if status == 201:
            accepted.append(number)


def everything(server: Served, token: str, slug: str) -> list[dict[str, Any]]:
    """All rows of a collection."""
    found: list[dict[str, Any]] = []
    page = 1
    while page:
        status, answer = server.ask("GET", f"/api/{slug}?depth=0&limit=1000&page={page}", None, token)
        assert status == 200, answer
        found += answer["docs"]
        page = answer["nextPage"] or 0
    return found


def check(server: Served, token: str) -> int:
    """Every book has all its entries, every chat all its lines: how many there are."""
    books = everything(server, token, "knowledgeCollections")
    entries = [row["knowledge_collection"] for row in everything(server, token, "knowledge")]
    assert [entries.count(book["id"]) for book in books] == [ENTRIES] * len(books)
    assert len(entries) == ENTRIES * len(books)
    chats = everything(server, token, "conversation")
    lines = [row["conversation"] for row in everything(server, token, "message")]
    assert [lines.count(each["id"]) for each in chats] == [LINES] * len(chats)
    assert len(lines) == LINES * len(chats)
    assert len(everything(server, token, "bot")) == len(chats)
    return len(books) + len(chats)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_kills_leave_no_half_import(tmp_path: Path, seed: int) -> None:
    """Files are brought while the server is killed, three times five times."""
    data, draw = tmp_path / "data", random.Random(seed)
    token = ""
    accepted: list[Any] = []
    for _ in range(KILLS):
        with served(data) as server:
            token = token or server.sign_up("kim@cafe.test")
            ended = threading.Event()
            bringer = threading.Thread(target=bring, args=(server, token, ended, accepted))
            bringer.start()
            time.sleep(draw.uniform(0.1, 2.0))
            server.kill()
            ended.set()
            bringer.join(30)
    with served(data) as server:
        assert check(server, token) >= len(accepted) > 0
