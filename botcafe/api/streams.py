"""``GET /api/generations/{id}/events``: server-sent events, spoken to the server itself."""

import asyncio
import re
from collections import Counter
from http.cookies import CookieError, SimpleCookie
from typing import Any

import orjson

from botcafe.areas.accounts.queries import COOKIE, actor_of_token, token_of
from botcafe.chat.follow import MAX_WATCHERS, News, follow
from botcafe.chat.hub import HUB
from botcafe.cms.actor import Actor
from botcafe.cms.errors import ApiError, Forbidden, TooMany

PATH = re.compile(r"^/api/generations/(\d{1,18})/events$")
HEADERS = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache, no-transform"),
    ("x-accel-buffering", "no"),
    ("x-content-type-options", "nosniff"),
]
_WATCHERS: Counter[int] = Counter()


def actor_of(headers: Any) -> Actor:
    """The caller of a stream, by header or cookie."""
    try:
        cookies = SimpleCookie(headers.get("cookie") or "")
    except CookieError:
        cookies = SimpleCookie()
    morsel = cookies.get(COOKIE)
    return actor_of_token(token_of(headers.get("authorization") or "", morsel.value if morsel else ""))


async def serve(scope: Any, protocol: Any, generation_id: int) -> None:
    """Send a reply's events until it ends or the client goes."""
    actor = await HUB.in_database(actor_of, scope.headers)
    try:
        if not actor.is_signed_in:
            raise Forbidden
        if _WATCHERS[generation_id] >= MAX_WATCHERS:
            raise TooMany(f"At most {MAX_WATCHERS} windows may watch one reply.")
        _WATCHERS[generation_id] += 1
    except ApiError as error:
        return _refuse(protocol, error)
    try:
        await _send(protocol, actor, generation_id, scope.headers.get("last-event-id") or "")
    finally:
        _WATCHERS[generation_id] -= 1
        if _WATCHERS[generation_id] <= 0:
            del _WATCHERS[generation_id]
    return None


async def _send(protocol: Any, actor: Actor, generation_id: int, last: str) -> None:
    events = follow(actor, generation_id, last)
    try:
        first = await anext(events)
    except ApiError as error:
        return _refuse(protocol, error)
    transport = protocol.response_stream(200, HEADERS)
    gone = asyncio.ensure_future(protocol.client_disconnect())
    try:
        await transport.send_bytes(written(first))
        async for news in events:
            if gone.done():
                return None
            await transport.send_bytes(written(news))
    except (ConnectionError, RuntimeError):
        return None
    finally:
        gone.cancel()
    return None


def written(news: News) -> bytes:
    """One event as it goes over the line; its id is ``attempt:offset``."""
    if news.kind == "quiet":
        return b": still here\n\n"
    data: dict[str, Any] = {"state": news.state} if news.kind != "token" else {"text": news.text}
    if news.kind == "error":
        data["message"] = news.text
    if news.kind == "end":
        data["html"] = news.html
    head = f"id: {news.attempt}:{news.offset}\nevent: {news.kind}\ndata: "
    return head.encode() + orjson.dumps(data) + b"\n\n"


def _refuse(protocol: Any, error: ApiError) -> None:
    protocol.response_bytes(error.status, [("content-type", "application/json")], orjson.dumps(error.body()))
