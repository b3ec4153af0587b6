"""Runs turns: writes the replies of one after another, stores their ends, and goes on with auto mode."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.db import transaction

from botcafe.areas.companions.chats.memory_state import is_summary_due
from botcafe.areas.companions.chats.settings_model import read_auto_mode
from botcafe.areas.companions.turns import auto_turns, generations
from botcafe.areas.companions.turns.commit import Generation
from botcafe.areas.companions.turns.generations import EndResult
from botcafe.areas.companions.turns.outcome import SentPrompt
from botcafe.areas.keys.unlocking import NO_UNLOCKED_KEYS, UnlockedKeys
from botcafe.areas.wellbeing.use_state import read_limits
from botcafe.chat.generation.database import DatabaseThreads
from botcafe.chat.generation.journal import ReplyJournal
from botcafe.chat.generation.prepare import PreparedReply, newest_message_outside_window, prepare_generation
from botcafe.chat.generation.registry import ReplyRegistry
from botcafe.chat.generation.reply_metrics import count_end
from botcafe.chat.generation.route import open_call
from botcafe.chat.generation.spool import SpooledEnd, forget_end, write_end
from botcafe.chat.generation.stream import StreamingReply, build_outcome, describe_error, stream_reply
from botcafe.chat.prompt.lore import store_activation
from botcafe.chat.summaries.jobs import enqueue_summary
from botcafe.cms.schema.errors import ApiError
from botcafe.kit.words import counted
from botcafe.llm.errors import EmptyReplyError, ModelError
from botcafe.llm.tokens import TokenRatios
from botcafe.search.messages import enqueue_indexing

logger = logging.getLogger("botcafe.chat")
# For ends that are cut short to be stored, once the time for draining is over.
CANCEL_SECONDS = 2.0
FAILED_NOTE = "Something broke on our side. Your message is kept: try again."
NOT_STORED_NOTE = "The reply could not be stored. Copy it if you need it."


@dataclass(frozen=True, slots=True)
class NextTurn:
    """The replies of auto mode's next turn, and how long to wait before it."""

    replies: list[StreamingReply] = field(default_factory=list)
    delay_seconds: float = 0.0


class TurnRunner:
    """Runs in the event loop of a process. Each turn is one task, each of its replies a task within it."""

    def __init__(self, registry: ReplyRegistry, database: DatabaseThreads) -> None:
        self._registry, self._database = registry, database
        # Learned from the usage that providers report, by "provider:model": their tokenizers differ from our estimate.
        self.token_ratios = TokenRatios()
        self.is_draining = False
        # The event loop keeps only weak references to tasks: without this set a turn could be collected half-way.
        self._tasks: set[asyncio.Task[None]] = set()

    def start_turn(self, replies: list[StreamingReply], delay_seconds: float = 0.0) -> None:
        """Start writing the replies of a turn, after a pause."""
        added = self._registry.add(replies)
        for reply in added:
            reply.journal = ReplyJournal(self._registry.lease_owner, reply.id)
        task = asyncio.get_running_loop().create_task(self._run_turn(added, delay_seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._registry.notify_watchers()

    def stop_replies(self, generation_ids: list[int]) -> None:
        """Stop replies of this process at once; others are stopped by their own process at its next flush."""
        # The last first: a reply that ends lets the next of its turn start, which would only be stopped in its turn.
        for number in sorted(generation_ids, reverse=True):
            reply = self._registry.find(number)
            if reply is not None and not reply.is_over:
                reply.state = "stopped"
                reply.notify_watchers()
                if reply.task is not None:
                    reply.task.cancel()

    async def drain(self) -> None:
        """Let running replies end, up to the time of the settings; the rest is marked as interrupted. Once."""
        if self.is_draining:
            return
        self.is_draining = True
        # Whoever watches all chats is sent away at once.
        self._registry.notify_watchers()
        running = [r.task for r in self._registry.replies.values() if r.task is not None]
        if running:
            count = counted(len(running), "reply")
            logger.info("Ending: %s may go on for %s seconds.", count, settings.DRAIN_SECONDS)
            _, late = await asyncio.wait(running, timeout=float(settings.DRAIN_SECONDS))
            if late:
                logger.warning(
                    "Ending: %s had not ended in time; what was written is kept.", counted(len(late), "reply")
                )
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=CANCEL_SECONDS)
        await self._leave_nothing_running()

    async def _leave_nothing_running(self) -> None:
        """Mark what has not begun, keep in files what the database does not take, and let the watchers go."""
        left = list(self._registry.replies.values())
        for reply in left:
            if reply.is_over:
                await asyncio.to_thread(self._keep_end, reply)
        marking = asyncio.ensure_future(self._database.run(generations.interrupt_own, self._registry.lease_owner))
        # A database that is away marks nothing; the next process finds this one dead and does it then.
        await asyncio.wait({marking}, timeout=CANCEL_SECONDS)
        if marking.done() and (error := marking.exception()):
            logger.error("replies could not be marked as interrupted", exc_info=error)
        for reply in left:
            self._registry.remove(reply.id)
            reply.state = reply.state if reply.is_over else "interrupted"
            reply.notify_watchers()

    async def _run_turn(self, replies: list[StreamingReply], delay_seconds: float) -> None:
        """Write the replies in order: one that fails does not hold up the next, one that is stopped ends the turn."""
        await _wait_for_start(replies, delay_seconds)
        for number, reply in enumerate(replies):
            if not reply.is_over and not self.is_draining:
                is_last = reply is replies[-1]
                reply.task = asyncio.get_running_loop().create_task(self._run_reply(reply, is_last=is_last))
                await asyncio.wait({reply.task})
            if reply.is_over and reply.state in {"stopped", "interrupted"}:
                await self._discard_queued(replies[number:])
                return

    async def _discard_queued(self, replies: list[StreamingReply]) -> None:
        """Remove the replies that waited behind one that was stopped."""
        queued = [reply.id for reply in replies if self._registry.find(reply.id)]
        try:
            await self._database.run(generations.discard_queued, queued)
        except Exception:
            # Their leases run out and the sweeper ends them.
            logger.exception("queued replies could not be discarded")
        for number in queued:
            if reply := self._registry.remove(number):
                reply.state = "stopped"
                reply.notify_watchers()
        self._registry.notify_watchers()

    async def _run_reply(self, reply: StreamingReply, *, is_last: bool) -> None:
        """Prepare, stream and store one reply; every way out is recorded."""
        try:
            prepared = await self._database.run_until_done(self._prepare_reply, reply)
            reply.notify_watchers()
            await self._stream_reply(reply, prepared)
            if reply.state == "complete":
                self._learn_token_ratio(reply)
                _refuse_empty_reply(reply)
        except asyncio.CancelledError:
            reply.state = reply.state if reply.state == "stopped" else "interrupted"
        except (ModelError, ApiError) as error:
            reply.state, reply.error = "failed", describe_error(error)
        except Exception:
            logger.exception("reply %s broke", reply.id)
            reply.state, reply.error = "failed", FAILED_NOTE
        # Shielded: a second stop or the end of draining must not cancel the storing of the end.
        await asyncio.shield(self._record_end(reply, is_last=is_last))

    async def _stream_reply(self, reply: StreamingReply, prepared: PreparedReply) -> None:
        # The provider is called while the generation is marked: the database costs nothing before the first token.
        streaming = asyncio.ensure_future(stream_reply(reply, prepared, self._database.run))
        try:
            if not await self._database.run_until_done(self._mark_streaming, reply, prepared):
                reply.state = "stopped"
                raise asyncio.CancelledError
            await streaming
        finally:
            await _close_call(streaming)

    def _prepare_reply(self, reply: StreamingReply) -> PreparedReply:
        """In one trip to the database: the context, the prompt, and the first key opened."""
        prepared = prepare_generation(reply.generation, self.token_ratios)
        reply.prepared, reply.step = prepared, prepared.steps[0]
        reply.hide_words(read_limits(reply.user_id)[0].hide_words)
        reply.trace = {"total_tokens": prepared.prompt.tokens, **prepared.settings_as_json(reply.step)}
        # A key that does not open is no end yet: the route may have another, and its refusal is told there.
        with suppress(ApiError):
            allowance = prepared.allowance_tokens
            reply.call = open_call(prepared.context, reply.step, allowance, reply.unlocked, reply.id)
        return prepared

    def _mark_streaming(self, reply: StreamingReply, prepared: PreparedReply) -> bool:
        """Store what is sent; False where the reply was stopped before it started."""
        blocks = prepared.prompt.as_stored_json()
        with reply.step_lock:
            # The first step may have failed already.
            step = reply.step or prepared.steps[0]
            sent = SentPrompt(step.provider, step.model, blocks, prepared.settings_as_json(step))
            return self._store_streaming(reply, prepared, sent)

    def _store_streaming(self, reply: StreamingReply, prepared: PreparedReply, sent: SentPrompt) -> bool:
        if prepared.activation is None:
            return generations.mark_streaming(reply.id, self._registry.lease_owner, sent)
        with transaction.atomic():
            is_marked = generations.mark_streaming(reply.id, self._registry.lease_owner, sent)
            if is_marked:
                store_activation(prepared.context, prepared.activation)
            return is_marked

    def _learn_token_ratio(self, reply: StreamingReply) -> None:
        """Correct the estimates of later prompts by the usage that the provider reported for this one."""
        step, prepared, usage = reply.step, reply.prepared, reply.usage
        if step and prepared and usage and not usage.estimated and step.key_id is not None:
            estimated = round(prepared.prompt.tokens / prepared.token_ratio)
            self.token_ratios.learn(step.key_id, step.model, estimated, usage.input_tokens)

    async def _record_end(self, reply: StreamingReply, *, is_last: bool) -> None:
        following = NextTurn()
        try:
            may_continue = is_last and not self.is_draining
            following = await self._database.run_until_done(
                self._store_end, reply, may_continue, on_outage=partial(self._keep_end, reply)
            )
            if reply.journal is not None:
                reply.journal.forget()
            if reply.is_spooled:
                forget_end(self._registry.lease_owner, reply.id)
        except Exception:
            logger.exception("the end of reply %s could not be stored", reply.id)
            reply.state, reply.error = "failed", NOT_STORED_NOTE
        finally:
            if reply.journal is not None:
                reply.journal.close()
            count_end(reply)
            self._registry.remove(reply.id)
            reply.notify_watchers()
            self._registry.notify_watchers()
        if following.replies:
            self.start_turn(following.replies, following.delay_seconds)

    def _keep_end(self, reply: StreamingReply) -> None:
        """Keep the end of a reply in a file, until the database takes it."""
        reply.is_spooled = True
        bot_id, outcome = reply.generation.bot_id, build_outcome(reply)
        write_end(SpooledEnd(reply.id, reply.user_id, bot_id, self._registry.lease_owner, outcome))

    def _store_end(self, reply: StreamingReply, may_continue: bool) -> NextTurn:
        """Store the end with all that follows from it, in one transaction: summary, index, auto mode's next turn."""
        chat_id = reply.generation.conversation_id
        with transaction.atomic():
            outcome = build_outcome(reply)
            result = generations.finish_generation(reply.id, outcome, self._registry.lease_owner)
            is_stored = result is EndResult.STORED
            if result is EndResult.REFUSED:
                generations.count_deleted(reply.id, reply.user_id, reply.generation.bot_id, outcome)
            if is_stored and reply.state == "failed":
                auto_turns.switch_off_auto_mode(chat_id)
            if is_stored and reply.state == "complete" and is_summary_due(chat_id):
                enqueue_summary(chat_id)
                if reply.prepared and (left := newest_message_outside_window(reply.prepared)):
                    enqueue_indexing(reply.user_id, chat_id, left)
            if not (is_stored and may_continue and reply.state == "complete"):
                return NextTurn()
            queued = auto_turns.commit_auto_turn(reply.id, self._registry.lease_owner)
            delay_seconds = float(read_auto_mode(queued[0].conversation.auto_mode).delay_seconds) if queued else 0.0
            return NextTurn([reply_from_row(row, reply.unlocked) for row in queued], delay_seconds)


def reply_from_row(row: Generation, unlocked: UnlockedKeys = NO_UNLOCKED_KEYS) -> StreamingReply:
    """A queued generation as a reply to stream. ``unlocked`` holds the keys that its user's sign-in has opened."""
    text = row.standing
    reply = StreamingReply(row.pk, row.message_id, row.user_id, int(row.attempt or 1), text, text, row=row)
    reply.unlocked, reply.stored = unlocked, (len(text), 0)
    return reply


async def _wait_for_start(replies: list[StreamingReply], delay_seconds: float) -> None:
    """Wait for auto mode's pause to pass, or for the queued reply to be stopped."""
    if delay_seconds and replies:
        with suppress(TimeoutError):
            await asyncio.wait_for(replies[0].changed.wait(), delay_seconds)


def _refuse_empty_reply(reply: StreamingReply) -> None:
    """Raises EmptyReplyError for a reply without text; a continuation may add nothing, as its text may have been whole."""
    if not reply.text.strip():
        raise EmptyReplyError(EmptyReplyError.message_for_length if reply.finish_reason == "length" else None)


async def _close_call(streaming: asyncio.Future[None]) -> None:
    """Close the call to the provider and wait until its socket is closed."""
    if not streaming.done():
        streaming.cancel()
        await asyncio.wait({streaming})
    if not streaming.cancelled():
        # Asking for the exception marks it as seen; it is told by whoever awaited the stream.
        streaming.exception()
