"""Runs requests through a WSGI handler in long-lived threads with persistent database connections.

The thread sends the response itself, and the event loop collects finished requests from time to time, so that a
response costs one thread switch instead of two.
"""

import asyncio
import io
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol

from botcafe.kit.json_types import JsonObject

logger = logging.getLogger("botcafe.server")
OWN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
SLOW_PREFIXES = ("/api/users", "/api/media", "/api/import", "/v1/embeddings")
# Below it a provider is asked, or a passphrase stretched, whatever the method.
WAITING_PREFIX = "/api/api-key/"
LONG_PATH = "/api/account/export"
MAX_SEND_SECONDS = 60
# How long the coroutine of an answered request may stay.
SWEEP_SECONDS = 0.01


def keep_to_one_core() -> None:
    """Pin the calling thread to its process's core; different worker processes get different cores."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(os.getppid()))
        # Threads of one process take turns on the interpreter lock; on two cores they would wait for each other.
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


class ResponseSender(Protocol):
    """The part of the server's protocol object that sends responses."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send a whole response."""

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Any:
        """Start a streamed response; it ends when the returned transport is released."""


@dataclass(slots=True)
class PendingRequest:
    """A request that waits for a thread, or runs in one."""

    environ: JsonObject
    protocol: ResponseSender
    done: asyncio.Future[None]


class Lane:
    """A pool of threads with its own queue of requests."""

    def __init__(self, name: str, handler: object, threads: int, *, is_pinned: bool = False) -> None:
        self.handler, self.is_pinned = handler, is_pinned
        self.jobs: SimpleQueue[PendingRequest] = SimpleQueue()
        self.ended: deque[asyncio.Future[None]] = deque()
        self.under_way = 0
        for number in range(threads):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def put(self, job: PendingRequest) -> None:
        """Queue a request. Must be called on the event loop."""
        self.jobs.put(job)
        self.under_way += 1
        if self.under_way == 1:
            job.done.get_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Finish the coroutines of answered requests, and schedule the next sweep while any are running."""
        for _ in range(len(self.ended)):
            _finish(self.ended.popleft())
            self.under_way -= 1
        if self.under_way:
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _work(self) -> None:
        if self.is_pinned:
            keep_to_one_core()
        while True:
            job = self.jobs.get()
            try:
                _answer(self.handler, job)
            except Exception:
                logger.exception("A request could not be answered.")
            self.ended.append(job.done)


def _finish(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def _answer(handler: Any, job: PendingRequest) -> None:
    """Run the WSGI handler and send its body, streamed where the response is a streaming one."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        started[:] = [int(status[:3]), [(name.lower(), value) for name, value in headers]]

    parts: Iterable[bytes] = handler(job.environ, start_response)
    content = None
    try:
        if getattr(parts, "streaming", False):
            _send(job, started[0], started[1], parts)
        else:
            content = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    if content is not None:
        job.protocol.response_bytes(started[0], started[1], content)


def _send(job: PendingRequest, status: int, headers: list[tuple[str, str]], parts: Iterable[bytes]) -> None:
    """Send each piece after the one before has gone out; give up on a client that takes none for a minute."""
    loop = job.done.get_loop()
    transport = job.protocol.response_stream(status, headers)
    for part in parts:
        sending = asyncio.run_coroutine_threadsafe(_sent(transport, part), loop)
        try:
            sending.result(MAX_SEND_SECONDS)
        except (ConnectionError, RuntimeError, TimeoutError):
            # The client is gone, or takes nothing any more.
            sending.cancel()
            return


async def _sent(transport: Any, part: bytes) -> None:
    await transport.send_bytes(part)


class Bridge:
    """Distributes requests to three thread pools: quick ones, slow ones (passwords, files, forms), and long downloads."""

    def __init__(self, handler: object, *, threads: int, largest_body: int) -> None:
        self.largest_body = largest_body
        # Separate pools, so that hashing a password or an export never delays requests of a millisecond.
        self.quick = Lane("quick", handler, threads, is_pinned=True)
        self.slow = Lane("slow", handler, 2)
        self.long = Lane("long", handler, 2)

    async def __call__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        size = scope.headers.get("content-length") or "0"
        # Refused by the header first, before the body is read into memory.
        if size.isdecimal() and int(size) > self.largest_body:
            return _refuse_large(protocol, self.largest_body)
        body = b"" if scope.method in {"GET", "HEAD"} else await protocol()
        if len(body) > self.largest_body:
            return _refuse_large(protocol, self.largest_body)
        job = PendingRequest(environ_of(scope, body), protocol, asyncio.get_running_loop().create_future())
        is_api = scope.path.startswith("/api/")
        is_slow = scope.method != "GET" and (not is_api or scope.path.startswith(SLOW_PREFIXES))
        is_slow = is_slow or scope.path.startswith(WAITING_PREFIX)
        lane = self.long if scope.path == LONG_PATH else self.slow if is_slow else self.quick
        lane.put(job)
        await job.done
        return None


def environ_of(scope: Any, body: bytes) -> dict[str, Any]:
    """The WSGI environment of a request."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # WSGI wants the bytes of the path as latin-1 text (PEP 3333).
        "PATH_INFO": scope.path.encode().decode("latin1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = OWN_NAMES.get(name) or "HTTP_" + name.upper().replace("-", "_")
        if key in environ and key not in OWN_NAMES.values():
            # HTTP/2 clients may send several cookie headers, which WSGI expects as one.
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    return environ


def _refuse_large(protocol: ResponseSender, largest: int) -> None:
    message = f'{{"errors":[{{"message":"The body is larger than {largest >> 20} megabytes."}}]}}'
    protocol.response_bytes(413, [("content-type", "application/json"), ("connection", "close")], message.encode())
