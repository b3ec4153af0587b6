"""Database work of running replies: in threads with connections of their own, repeated where the database gave way."""

import asyncio
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import close_old_connections

from botcafe.kit.db_errors import is_unreachable, report_outage

T = TypeVar("T")
# The last one again and again: what was streamed waits in memory for as long as the database is away.
RETRY_PAUSES_SECONDS = (0.1, 0.5, 2.0, 5.0)


class DatabaseThreads:
    """Runs blocking database functions for the event loop."""

    def __init__(self) -> None:
        # Two threads: more of them only queue up behind SQLite's single writer.
        self._turns = ThreadPoolExecutor(2, thread_name_prefix="turns")
        # Leases have a thread of their own: behind a long queue of turns they would run out, and replies be taken for dead.
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        # Erasing an old chat may take long, and must not hold up the leases either.
        self._sweeper = ThreadPoolExecutor(1, thread_name_prefix="sweeper")

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a function in a thread. Once started it runs to its end, even if the caller is cancelled meanwhile."""
        working = asyncio.get_running_loop().run_in_executor(self._turns, run_with_connection, function, arguments)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            # A transaction that is abandoned half-way would commit later, behind the back of whoever cleans up now.
            await asyncio.wait({working})
            raise

    async def run_for_leases(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a function in the thread that saves partial texts and renews leases."""
        return await asyncio.get_running_loop().run_in_executor(self._keeper, run_with_connection, function, arguments)

    async def run_for_sweeps(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a function in the thread that looks after what others left behind."""
        return await asyncio.get_running_loop().run_in_executor(self._sweeper, run_with_connection, function, arguments)

    async def run_until_done(
        self, function: Callable[..., T], *arguments: object, on_outage: Callable[[], object] | None = None
    ) -> T:
        """Run one transaction, again for as long as the database is busy, away, or chooses it as a deadlock's victim.

        The function must be one transaction: then nothing of a failed attempt was stored. ``on_outage`` is called in a
        thread after the first failure.
        """
        for attempt in itertools.count():
            try:
                return await self.run(function, *arguments)
            except Exception as error:
                if not is_unreachable(error):
                    raise
                report_outage("a reply", error)
            if on_outage is not None and attempt == 0:
                await asyncio.to_thread(on_outage)
            await asyncio.sleep(RETRY_PAUSES_SECONDS[min(attempt, len(RETRY_PAUSES_SECONDS) - 1)])
        raise AssertionError("it is tried until it is done")


def run_with_connection(function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    """Call a function in a worker thread, with a connection that is still alive."""
    close_old_connections()
    return function(*arguments)
