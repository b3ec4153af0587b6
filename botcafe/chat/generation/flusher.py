"""Stores what running replies have so far, all of them in one transaction, and renews their leases."""

import asyncio
import logging
from collections.abc import Callable

from botcafe.areas.companions.turns import generations
from botcafe.areas.companions.turns.outcome import PartialReply
from botcafe.chat.generation.database import DatabaseThreads
from botcafe.chat.generation.registry import ReplyRegistry

logger = logging.getLogger("botcafe.chat")
FLUSH_SECONDS = 0.5
# Every fourth second: three renewals fit into a lease of 15 s, so one that is late loses nothing.
LEASE_ROUNDS = 8


class Flusher:
    """One per process."""

    def __init__(
        self, registry: ReplyRegistry, database: DatabaseThreads, stop_replies: Callable[[list[int]], None]
    ) -> None:
        self._registry, self._database, self._stop_replies = registry, database, stop_replies

    async def run(self) -> None:
        """Flush twice a second for as long as the process lives."""
        rounds = 0
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            rounds += 1
            try:
                await self.flush(renew_leases=rounds % LEASE_ROUNDS == 0)
            except Exception:
                # The text stays in memory and is stored with the next flush.
                logger.exception("partial replies could not be stored")

    async def flush(self, *, renew_leases: bool) -> None:
        """Store what has grown since the last flush, and stop what was stopped by way of another process."""
        running = self._registry.running()
        grown = {r.id: r.length for r in running if r.state == "streaming" and r.length != r.stored}
        if not running or (not grown and not renew_leases):
            return
        partials = {
            reply.id: PartialReply(reply.message_id, reply.attempt, reply.text, reply.reasoning)
            for reply in running
            if reply.id in grown
        }
        flushed = await self._database.run_for_leases(
            generations.save_partials, partials, self._registry.lease_owner, [reply.id for reply in running]
        )
        for reply in running:
            if reply.id in flushed.saved:
                reply.stored = grown[reply.id]
        self._stop_replies(flushed.stopped)
