"""The replies that this process is writing: started apart from any request, followed by any number of watchers.

The replies of one turn are written one after another by one task. One flusher stores what has been written of all of
them, in one transaction, twice a second.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from django.conf import settings
from django.db import OperationalError, close_old_connections, transaction

from botcafe.areas.companions.chats import generations as chat_generations
from botcafe.areas.companions.chats import turns as chat_turns
from botcafe.areas.companions.chats.actions import sweep_chats
from botcafe.areas.companions.chats.memory_state import is_summary_due
from botcafe.areas.companions.chats.settings import read_auto_mode
from botcafe.areas.companions.chats.turns import Generation
from botcafe.areas.keys.unlocking import NOTHING, Unlocked
from botcafe.chat.generation import relay
from botcafe.chat.generation.prepare import PreparedReply, newest_message_outside_window, prepare_generation
from botcafe.chat.generation.route import open_call
from botcafe.chat.generation.stream import StreamingReply, build_outcome, describe_error, stream_reply
from botcafe.chat.prompt.lore import store_activation
from botcafe.chat.summaries.jobs import enqueue_summary
from botcafe.cms.schema.errors import ApiError
from botcafe.llm.errors import EmptyReplyError, ModelError
from botcafe.llm.tokens import update_token_ratio
from botcafe.search.messages import ask_to_index

logger = logging.getLogger("botcafe.chat")
T = TypeVar("T")
FLUSH_SECONDS = 0.5
LEASE_ROUNDS = 8
SWEEP_SECONDS = 20
CHAT_ROUNDS = 15
RETRY_PAUSES_SECONDS = (0.1, 0.5, 2.0, 5.0, 10.0, 20.0, 30.0)
"""For a database that is busy, and for one that is started anew: what was written is kept in memory meanwhile."""
FAILED_NOTE = "Something broke on our side. Your message is kept: try again."
NOT_STORED_NOTE = "The reply could not be stored. Copy it if you need it."


class GenerationService:
    """All replies of one process."""

    def __init__(self) -> None:
        self.lease = uuid.uuid4().hex
        self.replies: dict[int, StreamingReply] = {}
        self.ratios: dict[str, float] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.database = ThreadPoolExecutor(2, thread_name_prefix="turns")
        self.keeper = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        self.news = asyncio.Event()
        self.is_draining = False
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to serve in this event loop."""
        self.loop = loop
        for job in (self._flush_for_ever(), self._sweep_for_ever(), relay.publish_replies(self.replies)):
            self._keep(loop.create_task(job))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def start(self, generations: list[Generation], unlocked: Unlocked = NOTHING) -> None:
        """Begin the replies of a turn; may be called from any thread. ``unlocked``: keys opened for it."""
        if self.loop is None:
            raise RuntimeError("no event loop serves replies in this process")
        if generations:
            self.loop.call_soon_threadsafe(self._start, [_reply_from_row(row, unlocked) for row in generations], 0.0)

    def _start(self, replies: list[StreamingReply], delay: float) -> None:
        fresh = [reply for reply in replies if reply.id not in self.replies]
        self.replies |= {reply.id: reply for reply in fresh}
        self._keep(asyncio.get_running_loop().create_task(self._turn(fresh, delay)))
        self.tell_all()

    def tell_from_thread(self) -> None:
        """The same as ``tell_all``, from any thread."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.tell_all)

    def tell_all(self) -> None:
        """Wake those who watch all chats."""
        self.news.set()
        self.news = asyncio.Event()

    def stop(self, generation_ids: list[int]) -> None:
        """Stop replies of this process at once; may be called from any thread."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self._stop, generation_ids)

    def _stop(self, generation_ids: list[int]) -> None:
        for number in sorted(generation_ids, reverse=True):
            reply = self.replies.get(number)
            if reply is not None and not reply.is_over:
                reply.state = "stopped"
                reply.tell()
                if reply.task is not None:
                    reply.task.cancel()

    async def in_database(self, act: Callable[..., T], *arguments: Any) -> T:
        """Run database work in a thread with a connection of its own. What is begun is ended, also for who is stopped."""
        working = asyncio.get_running_loop().run_in_executor(self.database, run_with_connection, act, arguments)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait({working})
            raise

    async def _keeping(self, act: Callable[..., T], *arguments: Any) -> T:
        """The same for partial texts and leases, which no queue of turns may hold up."""
        return await asyncio.get_running_loop().run_in_executor(self.keeper, run_with_connection, act, arguments)

    async def _turn(self, replies: list[StreamingReply], delay: float) -> None:
        """Write the replies of a turn in order; one that fails does not hold up the next, one that is stopped does."""
        await self._wait(replies, delay)
        for number, reply in enumerate(replies):
            if not reply.is_over and not self.is_draining:
                reply.task = asyncio.get_running_loop().create_task(self._write(reply, is_last=reply is replies[-1]))
                await asyncio.wait({reply.task})
            if reply.is_over and reply.state in {"stopped", "interrupted"}:
                await self._drop(replies[number:])
                return

    @staticmethod
    async def _wait(replies: list[StreamingReply], delay: float) -> None:
        if delay and replies:
            try:
                await asyncio.wait_for(replies[0].changed.wait(), delay)
            except TimeoutError:
                return

    async def _drop(self, replies: list[StreamingReply]) -> None:
        """What waited behind a reply that was stopped is not written."""
        waiting = [reply.id for reply in replies if reply.id in self.replies]
        try:
            await self.in_database(chat_generations.discard_queued, waiting)
        except Exception:
            logger.exception("waiting replies could not be taken back")
        for number in waiting:
            reply = self.replies.pop(number)
            reply.state = "stopped"
            reply.tell()
        self.tell_all()

    async def _write(self, reply: StreamingReply, *, is_last: bool) -> None:
        """The life of a reply, from its material to its end; every way out is recorded."""
        try:
            prepared = await self._insist(self._prepare, reply)
            reply.tell()
            asking = asyncio.ensure_future(stream_reply(reply, prepared, self.in_database))
            try:
                if not await self._insist(self._take_up, reply, prepared):
                    reply.state = "stopped"
                    raise asyncio.CancelledError
                await asking
            finally:
                await _close_call(asking)
            if reply.state == "complete":
                self._learn(reply)
                _refuse_empty_reply(reply)
        except asyncio.CancelledError:
            reply.state = reply.state if reply.state == "stopped" else "interrupted"
        except (ModelError, ApiError) as error:
            reply.state, reply.error = "failed", describe_error(error)
        except Exception:
            logger.exception("reply %s broke", reply.id)
            reply.state, reply.error = "failed", FAILED_NOTE
        await asyncio.shield(self._record(reply, is_last=is_last))

    def _prepare(self, reply: StreamingReply) -> PreparedReply:
        """In one visit: the material, the prompt, and the first key opened. A key that will not open is no end yet."""
        prepared = prepare_generation(reply.row, self.ratios)
        reply.prepared, reply.step = prepared, prepared.steps[0]
        reply.trace = {"total_tokens": prepared.packed.tokens, **prepared.settings(reply.step)}
        with suppress(ApiError):
            allowance = prepared.packed.tokens + prepared.reply
            reply.call = open_call(prepared.material, reply.step, allowance, reply.unlocked)
        return prepared

    def _take_up(self, reply: StreamingReply, prepared: PreparedReply) -> bool:
        """Store what is sent, while the provider is thinking already; False where somebody asked to stop."""
        step = prepared.steps[0]
        sent = {"blocks": prepared.packed.as_kept(), "settings": prepared.settings(step)}
        if prepared.reasons is None:
            return chat_generations.mark_streaming(reply.id, self.lease, step.provider, step.model, sent)
        with transaction.atomic():
            is_taken = chat_generations.mark_streaming(reply.id, self.lease, step.provider, step.model, sent)
            if is_taken:
                store_activation(prepared.material, prepared.reasons)
            return is_taken

    def _learn(self, reply: StreamingReply) -> None:
        """Estimates of the next prompt follow what the provider told of this one."""
        step, prepared, usage = reply.step, reply.prepared, reply.usage
        if step and prepared and usage and not usage.estimated and step.key_id is not None:
            name = f"{step.provider}:{step.model}"
            self.ratios[name] = update_token_ratio(
                self.ratios.get(name, 1.0), prepared.packed.tokens, usage.input_tokens
            )

    async def _record(self, reply: StreamingReply, *, is_last: bool) -> None:
        more: list[StreamingReply] = []
        delay = 0.0
        try:
            more, delay = await self._insist(self._end, reply, is_last and not self.is_draining)
        except Exception:
            logger.exception("the end of reply %s could not be stored", reply.id)
            reply.state, reply.error = "failed", NOT_STORED_NOTE
        finally:
            self.replies.pop(reply.id, None)
            reply.tell()
            self.tell_all()
        if more:
            self._start(more, delay)

    async def _insist(self, act: Callable[..., T], *arguments: Any) -> T:
        """Run database work, again where the database was busy or gave way to another: nothing of it was done then."""
        for pause in RETRY_PAUSES_SECONDS:
            try:
                return await self.in_database(act, *arguments)
            except OperationalError as error:
                logger.warning("the database, once more in %s s: %s", pause, error)
                await asyncio.sleep(pause)
        return await self.in_database(act, *arguments)

    def _end(self, reply: StreamingReply, may_go_on: bool) -> tuple[list[StreamingReply], float]:
        """Store the end, and begin the next turn of auto mode with it."""
        with transaction.atomic():
            ended = chat_generations.finish_generation(reply.id, reply.message_id, build_outcome(reply), self.lease)
            if not ended:
                chat_generations.count_deleted(reply.id, reply.user_id, reply.row.bot_id, build_outcome(reply))
            if ended and reply.state == "failed":
                chat_turns.switch_off_auto_mode(reply.row.conversation_id)
            if ended and reply.state == "complete" and is_summary_due(reply.row.conversation_id):
                enqueue_summary(reply.row.conversation_id)
                if reply.prepared and (left := newest_message_outside_window(reply.prepared)):
                    ask_to_index(reply.user_id, reply.row.conversation_id, left)
            if not (ended and may_go_on and reply.state == "complete"):
                return [], 0.0
            made = chat_turns.commit_auto_turn(reply.id, self.lease)
            return [_reply_from_row(row, reply.unlocked) for row in made], float(
                read_auto_mode(made[0].conversation.auto_mode)["delay_seconds"]
            ) if made else 0.0

    async def _flush_for_ever(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            rounds += 1
            try:
                await self._flush(keep_leases=rounds % LEASE_ROUNDS == 0)
            except OperationalError as error:
                logger.warning("partial replies could not be stored: %s", error)
            except Exception:
                logger.exception("partial replies could not be stored")

    async def _flush(self, *, keep_leases: bool) -> None:
        alive = [r for r in self.replies.values() if not r.is_over]
        fresh = {r.id: r.length for r in alive if r.state == "streaming" and r.length != r.stored}
        if not alive or (not fresh and not keep_leases):
            return
        partials = {i: (self.replies[i].message_id, self.replies[i].text, self.replies[i].reasoning) for i in fresh}
        asked = await self._keeping(chat_generations.save_partials, partials, self.lease, [r.id for r in alive])
        for reply in alive:
            reply.stored = fresh.get(reply.id, reply.stored)
        self._stop(asked)

    async def _sweep_for_ever(self) -> None:
        rounds = 0
        while True:
            try:
                await self._keeping(chat_generations.interrupt_abandoned, "", frozenset(self.replies))
                if rounds % CHAT_ROUNDS == 0:
                    await self._keeping(sweep_chats)
            except Exception:
                logger.exception("dead replies and old chats could not be swept")
            rounds += 1
            await asyncio.sleep(SWEEP_SECONDS)

    async def drain(self) -> None:
        """Let running replies end, up to a time; what is left is marked interrupted, and can be continued."""
        self.is_draining = True
        running = [r.task for r in self.replies.values() if r.task is not None]
        if running:
            await asyncio.wait(running, timeout=float(settings.DRAIN_SECONDS))
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=5)
        await self.in_database(chat_generations.interrupt_abandoned, self.lease)


def run_with_connection(act: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    close_old_connections()
    return act(*arguments)


def _reply_from_row(row: Generation, unlocked: Unlocked) -> StreamingReply:
    standing = row.standing
    reply = StreamingReply(row.pk, row.message_id, row.user_id, int(row.attempt or 1), standing, standing, row=row)
    reply.unlocked, reply.stored = unlocked, (len(standing), 0)
    return reply


def _refuse_empty_reply(reply: StreamingReply) -> None:
    """A reply without a word is none; but what goes on may have been at its end. Raises EmptyReplyError."""
    if not reply.text.strip():
        raise EmptyReplyError(EmptyReplyError.message_for_length if reply.finish_reason == "length" else None)


async def _close_call(asking: asyncio.Future[None]) -> None:
    """Close the call to the provider, whatever happened."""
    if not asking.done():
        asking.cancel()
        await asyncio.wait({asking})
    if not asking.cancelled():
        asking.exception()


SERVICE = GenerationService()
