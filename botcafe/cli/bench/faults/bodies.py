"""Hostile bodies: many at once that never end, in each way that a body can be sent, and the memory that they cost."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from botcafe.cli.bench import machine
from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.faults.client import CONNECTION_ERRORS, CafeClient
from botcafe.cli.bench.faults.figures import MAX_MEMORY_RISE_MB, FaultFigures
from botcafe.cli.bench.server_process import run_server

BODY_MB = 4
SAMPLE_SECONDS = 0.05
# So that what is sent reaches the server before it is looked at once more.
SETTLE_SECONDS = 1.0
BOUNDARY = "hostile"
MULTIPART_HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
).encode()
KINDS = ("half of a JSON body", "chunked, without an end", "half of a multipart body", "chunked, no account")


def open_post(port: int, path: str, *headers: str, token: str = "") -> socket.socket:
    """A POST whose headers are sent, and whose body is not."""
    line = socket.create_connection(("127.0.0.1", port), timeout=60)
    lines = [f"POST {path} HTTP/1.1", "Host: cafe", *headers]
    lines += [f"Authorization: JWT {token}"] if token else []
    line.sendall("\r\n".join([*lines, "", ""]).encode())
    return line


def send_chunks(line: socket.socket, piece: bytes, count: int) -> int:
    """Send a chunked body without an end; how many chunks were taken before the connection was cut."""
    for number in range(count):
        try:
            line.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        except OSError:
            return number
    return count


def measure_bodies(folder: Path, megabytes: int) -> FaultFigures:
    """Send so many megabytes at once, in each way in turn: the highest rise of memory of all server processes."""
    figures, began = FaultFigures(f"{megabytes} MB of hostile bodies at once", len(KINDS)), time.monotonic()
    with run_server(folder, BOTCAFE_SIGNUP="open") as server:
        client = CafeClient(server.base)
        client.sign_up()
        rises = {}
        for kind in KINDS:
            with watched_memory(server.pid) as memory:
                _send_bodies(client, kind, max(1, megabytes // BODY_MB))
            rises[kind] = rise = max(memory) - memory[0]
            figures.require(rise <= MAX_MEMORY_RISE_MB, f"{kind}: {rise:.0f} MB more, at most {MAX_MEMORY_RISE_MB:.0f}")
        figures.server_errors = client.statuses[500]
    figures.seconds = time.monotonic() - began
    figures.count_tracebacks(folder)
    figures.measured = ", ".join(f"{kind}: +{rise:.0f} MB" for kind, rise in rises.items())
    return figures


@contextmanager
def watched_memory(pid: int) -> Iterator[list[float]]:
    """Megabytes in memory of a process tree, before and again and again until the block ends."""
    seen, ended = [_memory_of(pid)], threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            seen.append(_memory_of(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _memory_of(pid: int) -> float:
    usage = machine.memory_usage(pid)
    if usage is None:
        raise BenchError("the memory of processes cannot be seen on this system.")
    return usage.resident_mb


def _send_bodies(client: CafeClient, kind: str, count: int) -> None:
    """All at once; meanwhile somebody else is served."""
    senders = [_HostileSender(client, kind) for _ in range(count)]
    threads = [threading.Thread(target=sender.send) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(SETTLE_SECONDS)
    with suppress(*CONNECTION_ERRORS):
        client.ask("GET", "/api/users/init")
    for sender in senders:
        sender.close()


class _HostileSender:
    """One body of four megabytes that does not end."""

    def __init__(self, client: CafeClient, kind: str) -> None:
        self._kind = kind
        token = "" if "no account" in kind else client.token
        self._is_chunked = kind.startswith("chunked")
        length = "Transfer-Encoding: chunked" if self._is_chunked else f"Content-Length: {(BODY_MB << 20) + 1024}"
        is_multipart = "multipart" in kind
        self._head = MULTIPART_HEAD if is_multipart else b'{"name":"'
        content = f"multipart/form-data; boundary={BOUNDARY}" if is_multipart else "application/json"
        path = "/api/media" if is_multipart else "/api/users/login" if not token else "/api/bot"
        self._line = open_post(client.port, path, length, f"Content-Type: {content}", token=token)

    def send(self) -> None:
        """Send all but the end; a connection that is cut is the server's good right."""
        body = self._head + b"x" * ((BODY_MB << 20) - len(self._head))
        if self._is_chunked:
            send_chunks(self._line, body, 1)
        else:
            with suppress(OSError):
                self._line.sendall(body)

    def close(self) -> None:
        """Let the connection go."""
        self._line.close()
