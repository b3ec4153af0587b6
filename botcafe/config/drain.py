"""The end of a server process: from the signal on it takes no request, and ends once all that runs has ended or is kept."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

# Answers that are under way when the last reply has ended are given this long at least.
MIN_ANSWER_SECONDS = 0.5
LOOK_SECONDS = 0.05


class Drain:
    """Waits for replies, then for the requests that were begun before the signal, up to the time of the settings.

    The server's own handler waits until every client has gone by itself, which no page with an open stream does.
    """

    def __init__(self, drain_replies: Callable[[], Awaitable[None]], seconds: float) -> None:
        self._drain_replies, self._seconds = drain_replies, seconds
        self._open_requests = 0
        self._draining: asyncio.Task[None] | None = None

    def take_over_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """Drain at SIGTERM and Ctrl+C."""
        with suppress(NotImplementedError):
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._begin, loop)

    def __enter__(self) -> None:
        """Begin a request that is waited for."""
        self._open_requests += 1

    def __exit__(self, *error: object) -> None:
        """End it."""
        self._open_requests -= 1

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        # Both the terminal and the main process tell of one Ctrl+C.
        if self._draining is None:
            self._draining = loop.create_task(self._end(loop))

    async def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        ends_at = loop.time() + self._seconds
        await self._drain_replies()
        ends_at = max(ends_at, loop.time() + MIN_ANSWER_SECONDS)
        while self._open_requests and loop.time() < ends_at:
            await asyncio.sleep(LOOK_SECONDS)
        # What was sent last goes out before the process does.
        await asyncio.sleep(LOOK_SECONDS)
        loop.call_soon(sys.exit, 0)
