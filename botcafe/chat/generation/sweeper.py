"""Ends replies that a dead process left behind, and erases chats whose time is over."""

import asyncio
import logging
import time

from django.conf import settings

from botcafe.areas.companions.chats.actions import sweep_chats
from botcafe.areas.companions.chats.retention import sweep_old_messages, trash_unsaved_chats
from botcafe.areas.companions.turns.generations import Lease, free_reservations, list_leases
from botcafe.areas.companions.turns.reply_queue import LEASE_SECONDS
from botcafe.areas.legal.consent import sweep_consent_details
from botcafe.chat.generation.database import DatabaseThreads
from botcafe.chat.generation.journal import forget_stored_words, interrupt_left_replies, list_left_words
from botcafe.chat.generation.registry import ReplyRegistry
from botcafe.chat.generation.spool import store_spooled_ends
from botcafe.kit.process_locks import is_known_dead

logger = logging.getLogger("botcafe.chat")
SWEEP_SECONDS = 3.0
# Two looks that lie further apart than this prove nothing: this process slept, and the others may have too.
MAX_GAP_SECONDS = 8.0
# Chats wait 30 days or an hour for their end: every fifth minute is soon enough.
CHAT_ROUNDS = 100


def awake_clock() -> float:
    """Seconds on a clock that nobody sets, and that goes on while the machine sleeps, so that a sleep is noticed."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class LeaseWatch:
    """Tells which leases nobody renews any more, by watching them for the length of a lease.

    No clock is compared with that of another machine. A process that has slept begins to watch anew, so that the others
    renew theirs before it ends anything.
    """

    def __init__(self) -> None:
        self._first_seen: dict[Lease, float] = {}
        self._looked_at = 0.0

    def find_stale(self, leases: list[Lease], moment: float) -> list[Lease]:
        """The leases that have stayed as they are for long enough; ``moment`` is when they were read."""
        has_slept = moment - self._looked_at > MAX_GAP_SECONDS
        before = {} if has_slept else self._first_seen
        self._first_seen = {lease: before.get(lease, moment) for lease in leases}
        self._looked_at = moment
        return [lease for lease, seen_at in self._first_seen.items() if moment - seen_at >= LEASE_SECONDS]


class Sweeper:
    """One per process; several processes may sweep the same database."""

    def __init__(self, registry: ReplyRegistry, database: DatabaseThreads) -> None:
        self._registry, self._database, self._watch = registry, database, LeaseWatch()

    async def run(self) -> None:
        """Sweep at once, then every few seconds."""
        rounds = 0
        while True:
            try:
                await self._database.run_for_sweeps(self._sweep_replies)
                if rounds % CHAT_ROUNDS == 0:
                    await self._database.run_for_sweeps(sweep_chats)
                    await self._database.run_for_sweeps(sweep_consent_details)
                    await self._database.run_for_sweeps(trash_unsaved_chats)
                    await self._database.run_for_sweeps(sweep_old_messages)
            except Exception:
                logger.exception("abandoned replies and old chats could not be swept")
            rounds += 1
            await asyncio.sleep(SWEEP_SECONDS)

    def _sweep_replies(self) -> None:
        """Interrupt replies of dead processes: those of this data folder at once, those of others when they are stale."""
        # First, so that a reply which had ended is not marked as interrupted.
        store_spooled_ends()
        # Listed before the leases: a process that dies meanwhile leaves words that are not stored yet.
        left = list_left_words()
        # Its own replies are alive, whatever their leases say after a database that was away for long.
        leases = list_leases(frozenset(self._registry.replies))
        stale = self._watch.find_stale(leases, awake_clock())
        dead = {owner for owner in {lease.owner for lease in leases} if is_known_dead(settings.DATA, owner)}
        interrupt_left_replies([lease for lease in leases if lease.owner in dead or lease in stale])
        forget_stored_words(left)
        # Last, when nothing is left running that does not run.
        free_reservations()
