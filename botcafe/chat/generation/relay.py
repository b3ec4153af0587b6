"""Between processes: what one writes, the watchers of another see.

Without Redis they read it from the database, where it is stored twice a second. With ``BOTCAFE_REDIS_URL`` the text is
published as it grows, at most twenty times a second for each reply: always all that the database does not have yet, so
that whoever comes late finds the join. The database remains the truth and ends the stream.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import orjson
from django.conf import settings

from botcafe.chat.generation.stream import StreamingReply

logger = logging.getLogger("botcafe.chat")
PUBLISH_SECONDS = 0.05
RETRY_SECONDS = 5.0
IDLE_SECONDS = 1.0
"""After this long without news, listeners look into the database."""


@cache
def _redis_client() -> Any:
    from redis.asyncio import Redis

    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=10)


def _channel_name(generation_id: int) -> str:
    return f"botcafe:reply:{generation_id}"


async def publish_replies(replies: Mapping[int, StreamingReply]) -> None:
    """Publish what grows, as long as the process lives. Does nothing without Redis."""
    told: dict[int, int] = {}
    while settings.REDIS_URL:
        await asyncio.sleep(PUBLISH_SECONDS)
        try:
            await _publish_once(replies, told)
        except Exception as error:  # noqa: BLE001  (whatever Redis does, replies go on)
            logger.warning(
                "Redis does not take news of replies (%s); watchers read the database.", type(error).__name__
            )
            await asyncio.sleep(RETRY_SECONDS)


async def _publish_once(replies: Mapping[int, StreamingReply], told: dict[int, int]) -> None:
    for number in told.keys() - replies.keys():
        del told[number]
        await _redis_client().publish(_channel_name(number), b"{}")
    for reply in list(replies.values()):
        if len(reply.text) > told.get(reply.id, len(reply.existing_text)):
            told[reply.id] = len(reply.text)
            unstored = reply.text[reply.stored[0] :]
            news = {"attempt": reply.attempt, "offset": len(reply.text), "text": unstored}
            await _redis_client().publish(_channel_name(reply.id), orjson.dumps(news))


async def listen_to_reply(generation_id: int) -> AsyncIterator[dict[str, Any]]:
    """News of a reply that another process writes; ends when it ends, or at once without Redis."""
    if not settings.REDIS_URL:
        return
    with suppress(Exception):
        async with _redis_client().pubsub() as channel:
            await channel.subscribe(_channel_name(generation_id))
            heard = time.monotonic()
            while True:
                found = await channel.get_message(ignore_subscribe_messages=True, timeout=0.5)
                news = orjson.loads(found["data"]) if found else None
                if news == {}:
                    return
                if news is not None:
                    heard = time.monotonic()
                    yield news
                elif time.monotonic() - heard > IDLE_SECONDS:
                    yield {"quiet": True}
