"""The generation service of a process: registry, turn runner, flusher and sweeper, and the doors from other threads."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

from botcafe.areas.companions.turns.commit import Generation
from botcafe.areas.keys.unlocking import NO_UNLOCKED_KEYS, UnlockedKeys
from botcafe.chat.generation import relay
from botcafe.chat.generation.database import DatabaseThreads
from botcafe.chat.generation.flusher import Flusher
from botcafe.chat.generation.registry import ReplyRegistry
from botcafe.chat.generation.sweeper import Sweeper
from botcafe.chat.generation.turn_runner import TurnRunner, reply_from_row

T = TypeVar("T")


class GenerationService:
    """Streams replies apart from any request, for any number of watchers."""

    def __init__(self) -> None:
        self.registry = ReplyRegistry()
        self.database = DatabaseThreads()
        self.runner = TurnRunner(self.registry, self.database)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start to serve in this event loop."""
        self._loop = loop
        self.registry.open(settings.DATA)
        flusher = Flusher(self.registry, self.database, self.runner.stop_replies)
        sweeper = Sweeper(self.registry, self.database)
        services = (flusher.run(), sweeper.run(), relay.publish_replies(self.registry.replies))
        self._tasks = [loop.create_task(service) for service in services]

    async def drain(self) -> None:
        """End what runs before the process stops."""
        await self.runner.drain()

    @property
    def is_draining(self) -> bool:
        """Whether the process ends, and begins no further reply."""
        return self.runner.is_draining

    async def run_in_database(self, function: Callable[..., T], *arguments: object) -> T:
        """Run database work of the event loop in a thread."""
        return await self.database.run(function, *arguments)

    def start_replies(self, generations: list[Generation], unlocked: UnlockedKeys = NO_UNLOCKED_KEYS) -> None:
        """Start the replies of a turn; may be called from any thread."""
        if self._loop is None:
            raise RuntimeError("no event loop serves replies in this process")
        if generations:
            replies = [reply_from_row(row, unlocked) for row in generations]
            self._loop.call_soon_threadsafe(self.runner.start_turn, replies)

    def stop_replies(self, generation_ids: list[int]) -> None:
        """Stop replies of this process; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.runner.stop_replies, generation_ids)

    def notify_watchers(self) -> None:
        """Tell everyone who watches chats that one has changed; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.registry.notify_watchers)


SERVICE = GenerationService()
