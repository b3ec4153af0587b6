"""Ends replies that a dead process left behind, and erases chats whose time is over."""

import asyncio
import logging

from botcafe.areas.companions.chats.actions import sweep_chats
from botcafe.areas.companions.turns.generations import interrupt_abandoned
from botcafe.chat.generation.database import DatabaseThreads
from botcafe.chat.generation.registry import ReplyRegistry

logger = logging.getLogger("botcafe.chat")
SWEEP_SECONDS = 20
# Chats wait 30 days or an hour for their end: every fifth minute is soon enough.
CHAT_ROUNDS = 15


class Sweeper:
    """One per process; several processes may sweep the same database."""

    def __init__(self, registry: ReplyRegistry, database: DatabaseThreads) -> None:
        self._registry, self._database = registry, database

    async def run(self) -> None:
        """Sweep at once, then every 20 seconds."""
        rounds = 0
        while True:
            try:
                # Its own replies are alive, whatever their leases say after a database that was away for long.
                await self._database.run_for_leases(interrupt_abandoned, "", frozenset(self._registry.replies))
                if rounds % CHAT_ROUNDS == 0:
                    await self._database.run_for_leases(sweep_chats)
            except Exception:
                logger.exception("abandoned replies and old chats could not be swept")
            rounds += 1
            await asyncio.sleep(SWEEP_SECONDS)
