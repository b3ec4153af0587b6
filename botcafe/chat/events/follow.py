"""Following a reply: what has been written so far, then what comes, to its end, from any process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from botcafe.areas.companions.chats.queries import reply_progress_for
from botcafe.chat.generation import relay
from botcafe.chat.generation.service import SERVICE
from botcafe.chat.generation.stream import RUNNING_STATES, StreamingReply
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.markdown import render

BATCH_SECONDS = 0.08
POLL_SECONDS = 0.4
KEEP_ALIVE_SECONDS = 15.0
MAX_WATCHERS = 12
DELETED_REPLY: dict[str, Any] = {
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
    """One event for a watcher; kind ``quiet`` only keeps the line open. ``offset`` counts characters of text sent."""

    kind: str
    attempt: int = 1
    offset: int = 0
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class WatcherPosition:
    """What a watcher has had so far."""

    attempt: int
    text: int
    reasoning: int = 0
    trace: bool = False

    def token(self, text: str) -> ReplyEvent:
        """More text, counted."""
        self.text += len(text)
        return ReplyEvent("token", self.attempt, self.text, {"text": text})

    def thought(self, whole: str) -> ReplyEvent:
        """More reasoning, counted."""
        more, self.reasoning = whole[self.reasoning :], len(whole)
        return ReplyEvent("reasoning", self.attempt, self.text, {"text": more})


def parse_last_event_id(last_event_id: str, attempt: int) -> int | None:
    """Where a watcher left off, from ``attempt:offset``; None where it is new or saw another attempt."""
    head, _, tail = last_event_id.partition(":")
    return int(tail) if head == str(attempt) and tail.isdecimal() and len(tail) < 12 else None


async def follow_reply(actor: Actor, generation_id: int, last_event_id: str) -> AsyncIterator[ReplyEvent]:
    """The events of a reply. Raises NotFound where the actor may not follow it."""
    reply = SERVICE.registry.find(generation_id)
    is_mine = reply is not None and reply.user_id == actor.id
    row = reply if reply and is_mine else await SERVICE.run_in_database(reply_progress_for, actor, generation_id)
    existing_text = row.existing_text
    known = parse_last_event_id(last_event_id, row.attempt)
    seen = WatcherPosition(row.attempt, len(existing_text) if known is None else known)
    before = render(existing_text) if known is None and existing_text else ""
    yield ReplyEvent("start", seen.attempt, seen.text, {"state": row.state, "before_html": before})
    reply = SERVICE.registry.find(generation_id)
    if reply is not None:
        async for news in _events_from_memory(reply, seen):
            yield news
    elif row.state in RUNNING_STATES:
        async for news in _events_from_redis(generation_id, seen):
            yield news
    try:
        async for news in _events_from_database(actor, generation_id, seen):
            yield news
    except NotFound:
        yield ReplyEvent("end", seen.attempt, seen.text, DELETED_REPLY)


async def _events_from_memory(reply: StreamingReply, seen: WatcherPosition) -> AsyncIterator[ReplyEvent]:
    """From memory: the first words at once, then in batches."""
    is_first = True
    while True:
        changed = reply.changed
        if reply.trace and not seen.trace:
            seen.trace = True
            yield ReplyEvent("trace", seen.attempt, seen.text, reply.trace)
        seen.reasoning = min(seen.reasoning, len(reply.reasoning))  # another key thinks anew
        if len(reply.reasoning) > seen.reasoning:
            yield seen.thought(reply.reasoning)
        if len(reply.text) > seen.text:
            yield seen.token(reply.text[seen.text :])
            if not is_first:
                await asyncio.sleep(BATCH_SECONDS)
            is_first = False
        if reply.is_over and len(reply.text) <= seen.text and reply.id not in SERVICE.registry.replies:
            return
        if changed is reply.changed:
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    await changed.wait()
            except TimeoutError:
                yield ReplyEvent("quiet")


async def _events_from_redis(generation_id: int, seen: WatcherPosition) -> AsyncIterator[ReplyEvent]:
    """From another process by way of Redis; what was missed before comes from the database at the next gap."""
    async for news in relay.listen_to_reply(generation_id):
        text, end = str(news.get("text", "")), int(news.get("offset", 0))
        fresh = text[max(0, len(text) - (end - seen.text)) :] if end > seen.text else ""
        if end - len(text) > seen.text or news.get("quiet"):
            return
        if fresh and news.get("attempt") == seen.attempt:
            yield seen.token(fresh)


async def _events_from_database(actor: Actor, generation_id: int, seen: WatcherPosition) -> AsyncIterator[ReplyEvent]:
    """From the database: for another process's reply while it grows, and for every end."""
    waited = 0.0
    while True:
        row = await SERVICE.run_in_database(reply_progress_for, actor, generation_id)
        if len(row.reasoning) > seen.reasoning:
            yield seen.thought(row.reasoning)
        if len(row.text) > seen.text:
            waited = 0.0
            yield seen.token(row.text[seen.text :])
        if row.state not in RUNNING_STATES:
            if row.state == "failed":
                yield ReplyEvent("error", seen.attempt, seen.text, {"message": row.error or "The reply failed."})
            yield ReplyEvent("end", seen.attempt, seen.text, _end_payload(row))
            return
        async for news in _events_from_redis(generation_id, seen):
            yield news
        await asyncio.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
        if waited >= KEEP_ALIVE_SECONDS:
            yield ReplyEvent("quiet")
            waited = 0.0


def _end_payload(row: Any) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("state", "cost_usd", "input_tokens", "output_tokens", "leaf", "next")}
    note = row.error if row.state in {"failed", "interrupted"} else ""
    return {**told, "note": note, "html": render(row.text), "reasoning_html": render(row.reasoning)}
