"""Bodies are counted while they are read: too large, too slow or broken off, they cost the café nothing."""

import socket
import threading
import time
from collections.abc import Iterator

import orjson
import pytest

from botcafe.cli.bench.faults import bodies
from botcafe.cli.bench.faults.bodies import send_chunks
from tests.live import Served, served

LIMIT_MB = 4
MEGABYTE = b"x" * (1 << 20)


@pytest.fixture(scope="module")
def cafe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("cafe"), BOTCAFE_MAX_BODY_MB=str(LIMIT_MB)) as server:
        yield server


@pytest.fixture(scope="module")
def token(cafe: Served) -> str:
    return cafe.sign_up("alice@cafe.test")


def open_post(cafe: Served, path: str, *headers: str, token: str = "") -> socket.socket:
    """A POST of JSON whose headers are sent, and whose body is not."""
    return bodies.open_post(cafe.port, path, "Content-Type: application/json", *headers, token=token)


def answer_of(wire: socket.socket) -> tuple[int, str]:
    """Status and message of the answer; 0 where the connection was cut."""
    raw = b""
    try:
        while b"\r\n\r\n" not in raw or b"}" not in raw:
            more = wire.recv(65536)
            if not more:
                break
            raw += more
    except OSError:
        pass
    wire.close()
    if not raw:
        return 0, ""
    head, _, body = raw.partition(b"\r\n\r\n")
    answer = orjson.loads(body) if body.startswith(b"{") else {}
    return int(head.split()[1]), answer.get("errors", [{"message": ""}])[0]["message"]


@pytest.mark.parametrize(
    "path", ["/api/users/login", "/api/bot", "/api/import", "/login", "/v1/embeddings", "/api/none"]
)
def test_a_body_without_a_length_is_stopped_at_the_limit_of_strangers(cafe: Served, path: str) -> None:
    wire = open_post(cafe, path, "Transfer-Encoding: chunked")
    sent = send_chunks(wire, MEGABYTE, 40)
    status, message = answer_of(wire)
    assert sent < 40 or status == 413
    assert status in {0, 413}
    assert not message or "Without an account a body has at most 64 kB." in message


def test_an_announced_body_is_refused_before_it_is_sent(cafe: Served, token: str) -> None:
    length = "Content-Length: 209715200"
    assert answer_of(open_post(cafe, "/api/users/login", length))[0] == 413
    assert answer_of(open_post(cafe, "/api/import", length, token=token)) == (
        413,
        f"A body has at most {LIMIT_MB + 2} MB here.",
    )


def test_files_may_be_larger_than_documents_and_both_end_somewhere(cafe: Served, token: str) -> None:
    small, large = f"Content-Length: {300 << 10}", f"Content-Length: {(LIMIT_MB + 3) << 20}"
    for path in ("/api/import", "/api/mood"):
        assert answer_of(open_post(cafe, path, large, token=token))[0] == 413
        wire = open_post(cafe, path, small, token=token)
        wire.sendall(b"x" * (300 << 10))
        assert answer_of(wire)[0] == 400, "it was read to its end, and is no document"


def test_a_document_of_some_size_arrives_as_it_was_sent(cafe: Served, token: str) -> None:
    long = "cinnamon " * 100_000
    for name in ("one", "two"):
        bot = {"name": "Noor", "slug": f"noor-{name}", "system_prompt": long, "creator_display_name": "A"}
        status, answer = cafe.ask("POST", "/api/bot?depth=0", bot, token)
        assert status == 201
        assert answer["doc"]["system_prompt"] == long
    leftovers = [each.name for each in cafe.data.iterdir() if each.name.startswith("tmp")]
    assert leftovers == []


def test_a_body_that_ends_early_is_refused(cafe: Served, token: str) -> None:
    wire = open_post(cafe, "/api/mood", "Content-Length: 1000", token=token)
    wire.sendall(b'{"mood":')
    wire.shutdown(socket.SHUT_WR)
    assert answer_of(wire)[0] in {0, 400}
    assert cafe.ask("GET", "/api/mood", token=token)[1]["totalDocs"] == 0


@pytest.mark.slow
def test_a_sender_that_stops_is_sent_away(cafe: Served) -> None:
    wires = [open_post(cafe, "/api/users/login", "Content-Length: 1000") for _ in range(20)]
    started = time.monotonic()
    for wire in wires:
        wire.sendall(b"{")
        wire.settimeout(60)
    assert answer_of(wires[0]) == (408, "The body came too slowly.")
    assert time.monotonic() - started < 40
    for wire in wires[1:]:
        assert answer_of(wire)[0] == 408


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stranger", "member", "many"])
def test_hostile_bodies_leave_the_memory_as_it_was(cafe: Served, token: str, kind: str) -> None:
    cafe.ask("GET", "/api/users/init")
    many, size = (200, 1 << 20) if kind == "many" else (50, 4 << 20)
    whose = token if kind == "member" else ""
    path = "/api/import" if kind == "member" else "/api/users/login"
    wires = [open_post(cafe, path, "Transfer-Encoding: chunked", token=whose) for _ in range(many)]
    try:
        with bodies.watched_memory(cafe.process.pid) as megabytes:
            # All at once, and none of them ends.
            threads = [threading.Thread(target=send_chunks, args=(wire, b"x" * size, 1)) for wire in wires]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            time.sleep(1)
            assert cafe.ask("GET", "/api/users/init")[0] == 200
    finally:
        for wire in wires:
            wire.close()
    assert max(megabytes) - megabytes[0] <= bodies.MAX_MEMORY_RISE_MB
