"""The replies that this process is writing: started apart from any request, followed by any number of watchers.

One flusher stores what has been written of all of them, in one transaction, twice a second.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import close_old_connections

from botcafe.areas.companions import turns
from botcafe.areas.companions.queries import TurnMaterial, material_of
from botcafe.areas.companions.turns import Outcome
from botcafe.chat import context
from botcafe.chat.backends import choose
from botcafe.cms.errors import ApiError
from botcafe.llm.errors import ModelError
from botcafe.llm.protocol import ChatRequest, End, ReasoningDelta, TextDelta, Usage
from botcafe.llm.tokens import estimate_tokens

logger = logging.getLogger("botcafe.chat")
T = TypeVar("T")
FLUSH_SECONDS = 0.5
LEASE_ROUNDS = 8
SWEEP_SECONDS = 20
DRAIN_SECONDS = 15


@dataclass(eq=False)
class Reply:
    """One reply in the making. ``text`` only grows; ``changed`` is set whenever there is news."""

    id: int
    message_id: int = 0
    attempt: int = 1
    text: str = ""
    reasoning: str = ""
    state: str = "queued"
    error: str = ""
    stored: int = 0
    usage: Usage | None = None
    finish_reason: str = ""
    started: float = field(default_factory=time.monotonic)
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """Wake all watchers."""
        self.changed.set()
        self.changed = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """True once it has ended, however."""
        return self.state not in {"queued", "streaming"}


class Hub:
    """All replies of one process."""

    def __init__(self) -> None:
        self.lease = uuid.uuid4().hex
        self.replies: dict[int, Reply] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.database = ThreadPoolExecutor(2, thread_name_prefix="turns")
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to serve in this event loop."""
        self.loop = loop
        for job in (self._flush_for_ever(), self._sweep_for_ever()):
            task = loop.create_task(job)
            self._tasks.add(task)

    def start(self, generation_id: int) -> None:
        """Begin a reply; may be called from any thread."""
        if self.loop is None:
            raise RuntimeError("no event loop serves replies in this process")
        self.loop.call_soon_threadsafe(self._start, generation_id)

    def _start(self, generation_id: int) -> None:
        if generation_id in self.replies:
            return
        reply = self.replies[generation_id] = Reply(generation_id)
        reply.task = asyncio.get_running_loop().create_task(self._write(reply))

    def stop(self, generation_id: int) -> None:
        """Stop a reply of this process at once; may be called from any thread."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self._stop, generation_id)

    def _stop(self, generation_id: int) -> None:
        reply = self.replies.get(generation_id)
        if reply is not None and reply.task is not None and not reply.is_over:
            reply.state = "stopped"
            reply.task.cancel()

    async def in_database(self, act: Callable[..., T], *arguments: Any) -> T:
        """Run database work in a thread with a connection of its own."""

        def work() -> T:
            close_old_connections()
            return act(*arguments)

        return await asyncio.get_running_loop().run_in_executor(self.database, work)

    async def _write(self, reply: Reply) -> None:
        """The life of a reply, from its material to its end; every way out is recorded."""
        material: TurnMaterial | None = None
        try:
            material = await self.in_database(material_of, reply.id)
            reply.message_id, reply.attempt = material.message_id, material.attempt
            await self._stream(reply, material)
        except asyncio.CancelledError:
            reply.state = reply.state if reply.state == "stopped" else "interrupted"
        except (ModelError, ApiError) as error:
            reply.state, reply.error = "failed", str(error)
        except Exception:
            logger.exception("reply %s broke", reply.id)
            reply.state, reply.error = "failed", "Something broke on our side. Your message is kept: try again."
        await self._record(reply, material)

    async def _stream(self, reply: Reply, material: TurnMaterial) -> None:
        chosen = await self.in_database(choose, material)
        packed = context.build(material)
        began = await self.in_database(
            turns.take_up, reply.id, self.lease, chosen.provider, chosen.model, packed.as_json()
        )
        if not began:
            reply.state = "stopped"
            return
        reply.state = "streaming"
        reply.tell()
        request = ChatRequest(model=chosen.model, messages=tuple(packed.messages), max_tokens=context.REPLY_TOKENS)
        stream = chosen.backend.stream(request)
        try:
            async for event in stream:
                self._take(reply, event)
        finally:
            await stream.aclose()
        if reply.usage is None:
            reply.usage = Usage(packed.tokens, estimate_tokens(reply.text), estimated=True)
        reply.state = "complete"

    @staticmethod
    def _take(reply: Reply, event: object) -> None:
        if isinstance(event, TextDelta):
            reply.text += event.text
            reply.tell()
        elif isinstance(event, ReasoningDelta):
            reply.reasoning += event.text
        elif isinstance(event, Usage):
            reply.usage = event
        elif isinstance(event, End):
            reply.finish_reason = event.finish_reason

    async def _record(self, reply: Reply, material: TurnMaterial | None) -> None:
        usage = reply.usage or Usage(0, estimate_tokens(reply.text), estimated=True)
        choice = material.model_choice if material else {}
        outcome = Outcome(
            state=reply.state,
            text=reply.text,
            finish_reason=reply.finish_reason,
            error=reply.error,
            model=str(choice.get("model") or "rehearsal"),
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            is_estimated=usage.estimated,
            milliseconds=int((time.monotonic() - reply.started) * 1000),
        )
        try:
            await self.in_database(turns.finish, reply.id, reply.message_id, outcome)
        except Exception:
            logger.exception("the end of reply %s could not be stored", reply.id)
            reply.state, reply.error = "failed", "The reply could not be stored. Copy it if you need it."
        finally:
            self.replies.pop(reply.id, None)
            reply.tell()

    async def _flush_for_ever(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            rounds += 1
            try:
                await self._flush(keep_leases=rounds % LEASE_ROUNDS == 0)
            except Exception:
                logger.exception("partial replies could not be stored")

    async def _flush(self, *, keep_leases: bool) -> None:
        running = [r for r in self.replies.values() if r.state == "streaming"]
        fresh = {r.id: (r.message_id, r.text) for r in running if len(r.text) > r.stored}
        if not running or (not fresh and not keep_leases):
            return
        asked = await self.in_database(turns.save_partials, fresh, self.lease, [r.id for r in running])
        for reply in running:
            if reply.id in fresh:
                reply.stored = len(fresh[reply.id][1])
        for generation_id in asked:
            self._stop(generation_id)

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                await self.in_database(turns.interrupt_dead)
            except Exception:
                logger.exception("dead replies could not be marked")
            await asyncio.sleep(SWEEP_SECONDS)

    async def drain(self) -> None:
        """Let running replies end, up to a time; what is left is marked interrupted."""
        tasks = [r.task for r in self.replies.values() if r.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
        for reply in list(self.replies.values()):
            if reply.task is not None:
                reply.task.cancel()
        left = [r.task for r in self.replies.values() if r.task is not None]
        if left:
            await asyncio.wait(left, timeout=2)


HUB = Hub()


def start_turn(generation_id: int) -> None:
    """Begin a reply in this process."""
    HUB.start(generation_id)
