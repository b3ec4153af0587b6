"""Following a reply: what it has so far, then what comes, to its end, from whichever process writes it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from botcafe.areas.companions.chats.queries import ReplyProgress, reply_progress_for
from botcafe.chat.generation import relay
from botcafe.chat.generation.service import SERVICE
from botcafe.chat.generation.stream import RUNNING_STATES, StreamingReply
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.json_types import JsonObject
from botcafe.kit.markdown import render

# The eye sees no difference to single tokens, and the browser has twelve events a second instead of a hundred.
BATCH_SECONDS = 0.08
POLL_SECONDS = 0.4
# Proxies close a connection that is silent for 30 s or 60 s.
KEEP_ALIVE_SECONDS = 15.0
MAX_WATCHERS = 12
# Offsets count characters; no reply has a number of more digits than this.
MAX_OFFSET_DIGITS = 11
DELETED_REPLY: JsonObject = {
    "state": "stopped",
    "cost_usd": None,
    "input_tokens": None,
    "output_tokens": None,
    "leaf": None,
    "next": [],
    "note": "This reply was deleted while it was written.",
    "html": "",
    "reasoning_html": "",
}


@dataclass(frozen=True, slots=True)
class ReplyEvent:
    """One event for a watcher; kind ``quiet`` only keeps the connection open, ``later`` asks to connect again.

    ``offset`` counts the characters of text sent so far.
    """

    kind: str
    attempt: int = 1
    offset: int = 0
    data: JsonObject = field(default_factory=dict)


@dataclass(slots=True)
class WatcherPosition:
    """What a watcher has received so far, in characters of text and of reasoning."""

    attempt: int
    text: int
    reasoning: int = 0
    has_trace: bool = False

    def text_event(self, text: str) -> ReplyEvent:
        """More text, counted."""
        self.text += len(text)
        return ReplyEvent("token", self.attempt, self.text, {"text": text})

    def reasoning_event(self, reasoning: str) -> ReplyEvent:
        """The part of the reasoning that is new to the watcher, counted."""
        more, self.reasoning = reasoning[self.reasoning :], len(reasoning)
        return ReplyEvent("reasoning", self.attempt, self.text, {"text": more})


def parse_last_event_id(last_event_id: str, attempt: int) -> int | None:
    """Where a watcher left off, from ``attempt:offset``; None where it is new or saw another attempt."""
    head, _, tail = last_event_id.partition(":")
    is_offset = tail.isdecimal() and len(tail) <= MAX_OFFSET_DIGITS
    return int(tail) if head == str(attempt) and is_offset else None


async def follow_reply(actor: Actor, generation_id: int, last_event_id: str) -> AsyncIterator[ReplyEvent]:
    """The events of a reply, from the start or from where ``last_event_id`` left off. Raises NotFound."""
    reply = SERVICE.registry.find(generation_id)
    # The reply's own user needs no query to watch it: it is in memory with its owner.
    is_own = reply is not None and reply.user_id == actor.id
    row: StreamingReply | ReplyProgress = (
        reply if reply and is_own else await SERVICE.run_in_database(reply_progress_for, actor, generation_id)
    )
    known = parse_last_event_id(last_event_id, row.attempt)
    position = WatcherPosition(row.attempt, len(row.existing_text) if known is None else known)
    before_html = render(row.existing_text) if known is None and row.existing_text else ""
    yield ReplyEvent("start", position.attempt, position.text, {"state": row.state, "before_html": before_html})
    # Looked up again: it may have ended, or started here, while the database was asked.
    reply = SERVICE.registry.find(generation_id)
    if reply is not None:
        async for event in _events_from_memory(reply, position):
            yield event
    elif row.state in RUNNING_STATES:
        async for event in _events_from_redis(generation_id, position):
            yield event
    try:
        async for event in _events_from_database(actor, generation_id, position):
            yield event
    except NotFound:
        yield ReplyEvent("end", position.attempt, position.text, DELETED_REPLY)


async def _events_from_memory(reply: StreamingReply, position: WatcherPosition) -> AsyncIterator[ReplyEvent]:
    """A reply of this process: the first text at once, then in batches."""
    is_first = True
    while True:
        # Taken before looking: a change that comes while events are sent is not missed.
        changed = reply.changed
        if reply.trace and not position.has_trace:
            position.has_trace = True
            yield ReplyEvent("trace", position.attempt, position.text, reply.trace)
        # The next step of the route reasons anew, and what the one before it thought is gone.
        position.reasoning = min(position.reasoning, len(reply.reasoning))
        if len(reply.reasoning) > position.reasoning:
            yield position.reasoning_event(reply.reasoning)
        if len(reply.text) > position.text:
            yield position.text_event(reply.text[position.text :])
            if not is_first:
                await asyncio.sleep(BATCH_SECONDS)
            is_first = False
        is_stored = SERVICE.registry.find(reply.id) is None
        if reply.is_over and len(reply.text) <= position.text and is_stored:
            return
        if changed is reply.changed:
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    await changed.wait()
            except TimeoutError:
                yield ReplyEvent("quiet")


async def _events_from_redis(generation_id: int, position: WatcherPosition) -> AsyncIterator[ReplyEvent]:
    """A reply of another process by way of Redis; ends at a gap, which the database fills."""
    async for news in relay.listen_to_reply(generation_id):
        if SERVICE.is_draining or news.is_idle or news.offset - len(news.text) > position.text:
            return
        fresh_length = max(0, news.offset - position.text)
        if fresh_length and news.attempt == position.attempt:
            yield position.text_event(news.text[max(0, len(news.text) - fresh_length) :])


async def _events_from_database(
    actor: Actor, generation_id: int, position: WatcherPosition
) -> AsyncIterator[ReplyEvent]:
    """What is stored: of another process's reply while it grows, and every end."""
    waited_seconds = 0.0
    while True:
        row = await SERVICE.run_in_database(reply_progress_for, actor, generation_id)
        if len(row.reasoning) > position.reasoning:
            yield position.reasoning_event(row.reasoning)
        if len(row.text) > position.text:
            waited_seconds = 0.0
            yield position.text_event(row.text[position.text :])
        if row.state not in RUNNING_STATES:
            if row.state == "failed":
                message = row.error or "The reply failed."
                yield ReplyEvent("error", position.attempt, position.text, {"message": message})
            yield ReplyEvent("end", position.attempt, position.text, _end_payload(row))
            return
        if SERVICE.is_draining:
            # Another process writes it, or the next one will say what became of it.
            yield ReplyEvent("later")
            return
        async for event in _events_from_redis(generation_id, position):
            yield event
        await asyncio.sleep(POLL_SECONDS)
        waited_seconds += POLL_SECONDS
        if waited_seconds >= KEEP_ALIVE_SECONDS:
            yield ReplyEvent("quiet")
            waited_seconds = 0.0


def _end_payload(row: ReplyProgress) -> JsonObject:
    return {
        "state": row.state,
        "cost_usd": row.cost_usd,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "leaf": row.leaf,
        "next": [*row.next],
        "note": row.error if row.state in {"failed", "interrupted", "complete"} else "",
        "html": render(row.text),
        "reasoning_html": render(row.reasoning),
    }
