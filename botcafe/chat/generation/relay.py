"""Carries the text of running replies between processes, by way of Redis.

Without Redis the watchers of other processes read the database, where replies are stored twice a second. With
``BOTCAFE_REDIS_URL`` the text is published as it grows, at most twenty times a second for each reply: always all that
the database does not have yet, so that whoever comes late finds the join. The database remains the truth.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.conf import settings

from botcafe.chat.generation.stream import StreamingReply
from botcafe.kit.db_errors import REDIS_OUTAGES

PUBLISH_SECONDS = 0.05
RETRY_SECONDS = 5.0
LISTEN_SECONDS = 0.5
# After this long without news, listeners look into the database: the other process may be gone.
IDLE_SECONDS = 1.0
END_OF_REPLY = b"{}"


@dataclass(frozen=True, slots=True)
class ReplyNews:
    """The last characters of a reply's text, up to ``offset``; or that nothing was heard for a while."""

    text: str = ""
    offset: int = 0
    attempt: int = 0
    is_idle: bool = False


@cache
def _redis_client() -> Any:
    from redis.asyncio import Redis

    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=10)


def _channel_name(generation_id: int) -> str:
    return f"botcafe:reply:{generation_id}"


async def publish_replies(replies: Mapping[int, StreamingReply]) -> None:
    """Publish what grows, as long as the process lives. Does nothing without Redis."""
    published: dict[int, int] = {}
    while settings.REDIS_URL:
        await asyncio.sleep(PUBLISH_SECONDS)
        try:
            await _publish_once(replies, published)
        except Exception as error:  # noqa: BLE001  (whatever Redis does, replies go on)
            REDIS_OUTAGES.report("news of replies for other processes", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _publish_once(replies: Mapping[int, StreamingReply], published: dict[int, int]) -> None:
    """Publish every reply that has grown; ``published`` keeps the length that was sent of each."""
    for number in published.keys() - replies.keys():
        del published[number]
        await _redis_client().publish(_channel_name(number), END_OF_REPLY)
    for reply in list(replies.values()):
        if len(reply.text) > published.get(reply.id, len(reply.existing_text)):
            published[reply.id] = len(reply.text)
            unstored = reply.text[reply.stored[0] :]
            news = {"attempt": reply.attempt, "offset": len(reply.text), "text": unstored}
            await _redis_client().publish(_channel_name(reply.id), orjson.dumps(news))


async def listen_to_reply(generation_id: int) -> AsyncIterator[ReplyNews]:
    """News of a reply that another process writes; ends when it ends, or at once without Redis."""
    if not settings.REDIS_URL:
        return
    # A Redis that goes away ends the news; the watcher reads the database from then on.
    with suppress(Exception):
        async with _redis_client().pubsub() as channel:
            await channel.subscribe(_channel_name(generation_id))
            heard_at = time.monotonic()
            while True:
                message = await channel.get_message(ignore_subscribe_messages=True, timeout=LISTEN_SECONDS)
                if message and message["data"] == END_OF_REPLY:
                    return
                if message:
                    heard_at = time.monotonic()
                    yield _parse_news(message["data"])
                elif time.monotonic() - heard_at > IDLE_SECONDS:
                    yield ReplyNews(is_idle=True)


def _parse_news(data: bytes) -> ReplyNews:
    news = orjson.loads(data)
    return ReplyNews(str(news.get("text", "")), int(news.get("offset", 0)), int(news.get("attempt", 0)))
