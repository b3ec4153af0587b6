"""Following a reply: what has been written so far, then what comes, to its end, from any process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from botcafe.areas.companions.queries import generation_for
from botcafe.chat.hub import HUB, Reply
from botcafe.cms.actor import Actor
from botcafe.kit.markdown import render

BATCH_SECONDS = 0.05
POLL_SECONDS = 0.4
QUIET_SECONDS = 15.0
MAX_WATCHERS = 12


@dataclass(frozen=True, slots=True)
class News:
    """One event for a watcher: ``start``, ``token``, ``end``, ``error``, or ``quiet`` to keep the line open."""

    kind: str
    attempt: int = 1
    offset: int = 0
    text: str = ""
    state: str = ""
    html: str = ""


def offset_of(last_event_id: str, attempt: int) -> int:
    """Where a watcher left off, from ``attempt:offset``; 0 where it saw another attempt."""
    head, _, tail = last_event_id.partition(":")
    return int(tail) if head == str(attempt) and tail.isdecimal() and len(tail) < 12 else 0


async def follow(actor: Actor, generation_id: int, last_event_id: str) -> AsyncIterator[News]:
    """The events of a reply. Raises NotFound where the actor may not follow it."""
    row = await HUB.in_database(generation_for, actor, generation_id)
    attempt = int(row.attempt or 1)
    sent = offset_of(last_event_id, attempt)
    yield News("start", attempt, sent, state=row.state)
    reply = HUB.replies.get(generation_id)
    if reply is not None:
        async for news in _here(reply, sent):
            sent = news.offset if news.kind == "token" else sent
            yield news
    async for news in _stored(actor, generation_id, sent):
        yield news


async def _here(reply: Reply, sent: int) -> AsyncIterator[News]:
    """From memory: the first words at once, then in batches."""
    is_first = sent == 0
    while True:
        changed = reply.changed
        if len(reply.text) > sent:
            text = reply.text[sent:]
            sent = len(reply.text)
            yield News("token", reply.attempt, sent, text)
            if not is_first:
                await asyncio.sleep(BATCH_SECONDS)
            is_first = False
        if reply.is_over and len(reply.text) == sent and reply.id not in HUB.replies:
            return
        if changed is reply.changed:
            try:
                await asyncio.wait_for(changed.wait(), QUIET_SECONDS)
            except TimeoutError:
                yield News("quiet")


async def _stored(actor: Actor, generation_id: int, sent: int) -> AsyncIterator[News]:
    """From the database: for another process's reply while it grows, and for every end."""
    waited = 0.0
    while True:
        row = await HUB.in_database(generation_for, actor, generation_id)
        text, attempt = row.message.entry or "", int(row.attempt or 1)
        if len(text) > sent:
            yield News("token", attempt, len(text), text[sent:])
            sent, waited = len(text), 0.0
        if row.state not in {"queued", "streaming"}:
            if row.state == "failed":
                yield News("error", attempt, sent, text=row.error or "The reply failed.", state=row.state)
            yield News("end", attempt, sent, state=row.state, html=render(text))
            return
        await asyncio.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
        if waited >= QUIET_SECONDS:
            yield News("quiet")
            waited = 0.0
