"""Lanes: pools of long-lived threads with persistent database connections, in which requests are answered.

The thread sends the response itself, and the event loop collects finished requests from time to time, so that a
response costs one thread switch instead of two.
"""

import asyncio
import logging
import os
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import IO, Any, Protocol

from botcafe.api.http.refusals import refuse
from botcafe.api.http.rsgi import Headers
from botcafe.cms.db.commits import committed_transactions
from botcafe.config.compression import compress_answer
from botcafe.kit.json_types import JsonObject
from botcafe.kit.lanes import AskAgain, LaneChange, RequestRun, enter_run
from botcafe.kit.telemetry.current_request import CurrentRequest, enter_request

logger = logging.getLogger("botcafe.server")
MAX_SEND_SECONDS = 60
# How long the coroutine of an answered request may stay.
SWEEP_SECONDS = 0.01
# Of one account (or address, without one): as many at once, and as many that wait.
MAX_RUNNING, MAX_WAITING = 2, 32
MAX_WAIT_SECONDS = 60
# Files that are sent at once, by this process and to one account or address.
MAX_FILES, MAX_FILES_TO_ONE = 256, 12
# Read pieces of files for the event loop, which itself waits for nothing.
_READERS = ThreadPoolExecutor(4, thread_name_prefix="files")
# The event loop keeps only weak references to tasks.
_SENDING: set["asyncio.Task[None]"] = set()
_SENT_TO: Counter[str] = Counter()
BUSY = "Too much is going on at once. Try again in a moment."


def keep_to_one_core() -> None:
    """Pin the calling thread to its process's core; different worker processes get different cores."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(os.getppid()))
        # Threads of one process take turns on the interpreter lock; on two cores they would wait for each other.
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


class ResponseSender(Protocol):
    """The part of the server's protocol object that sends responses."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole response."""

    def response_stream(self, status: int, headers: Headers) -> Any:
        """Start a streamed response; it ends when the returned transport is released."""


@dataclass(slots=True)
class PendingRequest:
    """A request that waits for a thread, or runs in one; ``key`` says whose it is."""

    environ: JsonObject
    protocol: ResponseSender
    done: asyncio.Future[None]
    body: IO[bytes]
    key: str = ""
    request: CurrentRequest | None = None
    queued: float = 0.0
    run: RequestRun = field(default_factory=RequestRun)


class PlainQueue(SimpleQueue[PendingRequest]):
    """First come, first served."""

    def offer(self, job: PendingRequest) -> bool:
        """Queue a request."""
        self.put(job)
        return True

    def finish(self, job: PendingRequest) -> None:
        """Nothing is counted."""


class FairQueue:
    """Each account in turn, with a bound on what it runs at once and on what it has waiting."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[PendingRequest]] = OrderedDict()
        self._running: Counter[str] = Counter()
        self._changed = threading.Condition()

    def offer(self, job: PendingRequest) -> bool:
        """Queue a request; False where its account has too many already."""
        with self._changed:
            jobs = self._waiting.setdefault(job.key, deque())
            if len(jobs) >= MAX_WAITING:
                return False
            jobs.append(job)
            self._changed.notify()
        return True

    def get(self) -> PendingRequest:
        """Wait for the next request that may run."""
        with self._changed:
            while (key := self._next_key()) is None:
                self._changed.wait()
            jobs = self._waiting[key]
            job = jobs.popleft()
            # To the end of the round; forgotten once nothing waits.
            self._waiting.move_to_end(key)
            if not jobs:
                del self._waiting[key]
            self._running[key] += 1
        return job

    def qsize(self) -> int:
        """Requests that wait."""
        with self._changed:
            return sum(map(len, self._waiting.values()))

    def _next_key(self) -> str | None:
        return next((key for key in self._waiting if self._running[key] < MAX_RUNNING), None)

    def finish(self, job: PendingRequest) -> None:
        """The request has run."""
        with self._changed:
            self._running[job.key] -= 1
            if not self._running[job.key]:
                del self._running[job.key]
            self._changed.notify()


class Lane:
    """A pool of threads with its own queue of requests. ``move`` takes those that turn out to need another lane."""

    def __init__(
        self,
        name: str,
        handler: object,
        threads: int,
        *,
        move: Callable[[PendingRequest, LaneChange], None],
        is_quick: bool = False,
    ) -> None:
        self.handler, self.is_quick, self.move = handler, is_quick, move
        self.jobs: PlainQueue | FairQueue = PlainQueue() if is_quick else FairQueue()
        self.ended: deque[asyncio.Future[None] | None] = deque()
        # Waiting, running, or answered a moment ago.
        self.under_way = 0
        self._busy: set[int] = set()
        for number in range(threads):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    @property
    def waiting(self) -> int:
        """Requests that wait for a thread."""
        return self.jobs.qsize()

    @property
    def running(self) -> int:
        """Requests that a thread works on."""
        return len(self._busy)

    def put(self, job: PendingRequest) -> None:
        """Queue a request, or refuse it. Must be called on the event loop."""
        job.queued = time.monotonic()
        if not self.jobs.offer(job):
            refuse(job.protocol, 429, BUSY, retry_after=2)
            _finish(job.done)
            return
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
        if self.is_quick:
            keep_to_one_core()
        while True:
            job = self.jobs.get()
            ended: asyncio.Future[None] | None = job.done
            self._busy.add(threading.get_ident())
            try:
                sending = self._run(job)
                if sending is not None:
                    # The thread is free; the event loop sends on, and ends the request when all has gone out.
                    ended = None
                    job.done.get_loop().call_soon_threadsafe(self._send_on, job, sending)
                    continue
            except LaneChange as change:
                ended = None
                self.move(job, change)
            except Exception:
                logger.exception("A request could not be answered.")
            finally:
                self._busy.discard(threading.get_ident())
                enter_run(None)
                enter_request(None)
                self.jobs.finish(job)
            self.ended.append(ended)

    def _send_on(self, job: PendingRequest, sending: Coroutine[Any, Any, None]) -> None:
        task = job.done.get_loop().create_task(sending)
        _SENDING.add(task)
        _SENT_TO[job.key] += 1

        def finish(ended: "asyncio.Task[None]") -> None:
            _SENDING.discard(ended)
            _SENT_TO[job.key] -= 1
            if not _SENT_TO[job.key]:
                del _SENT_TO[job.key]
            self.ended.append(job.done)

        task.add_done_callback(finish)

    def _run(self, job: PendingRequest) -> Coroutine[Any, Any, None] | None:
        """Answer a request, as far as a thread is needed; what is returned sends the rest of a file."""
        run = job.run
        if not self.is_quick and time.monotonic() - job.queued > MAX_WAIT_SECONDS:
            refuse(job.protocol, 503, BUSY, retry_after=2)
            return None
        committed = committed_transactions()
        run.is_quick, run.may_repeat = self.is_quick, lambda: committed_transactions() == committed
        enter_run(run)
        enter_request(job.request)
        job.body.seek(0)
        return _answer(self.handler, job)


def _finish(done: asyncio.Future[None] | None) -> None:
    if done is not None and not done.done():
        done.set_result(None)


def _answer(handler: Any, job: PendingRequest) -> Coroutine[Any, Any, None] | None:
    """Run the WSGI handler and send its body, streamed where the response is a streaming one.

    A file is left to the coroutine that is returned: it may take as long as its reader takes, and needs no database.
    """
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        started[:] = [int(status[:3]), [(name.lower(), value) for name, value in headers]]

    parts: Iterable[bytes] = handler(job.environ, start_response)
    if getattr(parts, "is_sent_by_loop", False):
        job.run.may_repeat = lambda: False
        if len(_SENDING) < MAX_FILES and _SENT_TO[job.key] < MAX_FILES_TO_ONE:
            return _send_file(job, started[0], started[1], parts)
        parts.close()  # type: ignore[attr-defined]
        refuse(job.protocol, 503, BUSY, retry_after=2)
        return None
    content = None
    try:
        if getattr(parts, "streaming", False):
            # What is sent cannot be taken back.
            job.run.may_repeat = lambda: False
            _send(job, started[0], started[1], parts)
        else:
            content = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    if content is not None:
        headers, content = compress_answer(job.environ, started[0], started[1], content)
        job.protocol.response_bytes(started[0], headers, content)
    return None


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


async def _send_file(job: PendingRequest, status: int, headers: list[tuple[str, str]], parts: Any) -> None:
    """Send a file piece by piece: each is read in a thread when the one before has gone out."""
    loop = asyncio.get_running_loop()
    transport = job.protocol.response_stream(status, headers)
    pieces = iter(parts)
    try:
        while (piece := await loop.run_in_executor(_READERS, next, pieces, None)) is not None:
            async with asyncio.timeout(MAX_SEND_SECONDS):
                await transport.send_bytes(piece)
    except (ConnectionError, RuntimeError, TimeoutError):
        # The client is gone, or takes nothing any more.
        return
    except Exception as error:
        # The length was announced: the client notices that the file is not whole.
        logger.error("a file could not be sent to its end", exc_info=error, extra={"cafe_request": job.request})
    finally:
        # The server ends the response when nothing holds its transport any more.
        del transport
        parts.close()


async def _sent(transport: Any, part: bytes) -> None:
    await transport.send_bytes(part)


def wait_seconds(change: LaneChange) -> float:
    """How long a request that runs again waits first."""
    return change.seconds if isinstance(change, AskAgain) else 0.0
