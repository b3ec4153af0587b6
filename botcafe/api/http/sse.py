"""Server-sent events: a reply as it grows, and the states of all chats. Answered in the event loop, without Django."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie

import orjson

from botcafe.api.http.rsgi import RsgiProtocol, RsgiScope
from botcafe.api.http.sign_in_watch import WATCH
from botcafe.areas.accounts.authentication import SESSION_COOKIE, actor_from_token, request_token
from botcafe.chat.events.follow import MAX_WATCHERS, ReplyEvent, follow_reply
from botcafe.chat.events.overview import watch_chat_states
from botcafe.chat.generation.service import SERVICE
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, Forbidden, TooMany

PATH = re.compile(r"^/api/(?:generations/(\d{1,18})|account)/events$")
HEADERS = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache, no-transform"),
    # nginx would collect the events and send them together.
    ("x-accel-buffering", "no"),
    ("x-content-type-options", "nosniff"),
]
QUIET = b": still here\n\n"
# The café starts anew: whoever watches is to come back in so many milliseconds.
COME_BACK = b"retry: 2000\n\n"
_WATCHERS: Counter[str] = Counter()


def actor_from_headers(headers: Mapping[str, str]) -> Actor:
    """The caller of a stream, by header or cookie."""
    return actor_from_token(token_of(headers))


def token_of(headers: Mapping[str, str]) -> str:
    """The session's token in the headers of a request; empty for none."""
    try:
        cookies = SimpleCookie(headers.get("cookie") or "")
    except CookieError:
        cookies = SimpleCookie()
    morsel = cookies.get(SESSION_COOKIE)
    return request_token(headers.get("authorization") or "", morsel.value if morsel else "")


async def serve(scope: RsgiScope, protocol: RsgiProtocol, generation: str | None) -> None:
    """Send events until they end or the client goes; ``generation`` None means all chats of the caller."""
    actor = await SERVICE.run_in_database(actor_from_headers, scope.headers)
    try:
        if not actor.is_signed_in:
            raise Forbidden
        with _watching(f"reply {generation}" if generation else f"account {actor.id}"):
            events = _reply_events(actor, scope, generation) if generation else _overview_events(actor)
            with WATCH.until_ended(actor) as signed_out:
                await _send(protocol, events, signed_out)
    except ApiError as error:
        protocol.response_bytes(error.status, [("content-type", "application/json")], orjson.dumps(error.body()))


@contextmanager
def _watching(what: str) -> Iterator[None]:
    if _WATCHERS[what] >= MAX_WATCHERS:
        raise TooMany(f"At most {MAX_WATCHERS} windows may watch at the same time. Close one and try again.")
    _WATCHERS[what] += 1
    try:
        yield
    finally:
        _WATCHERS[what] -= 1
        if _WATCHERS[what] <= 0:
            del _WATCHERS[what]


async def _reply_events(actor: Actor, scope: RsgiScope, generation: str) -> AsyncIterator[bytes]:
    async for news in follow_reply(actor, int(generation), scope.headers.get("last-event-id") or ""):
        yield written(news)


async def _overview_events(actor: Actor) -> AsyncIterator[bytes]:
    """The states of the caller's chats."""
    async for state in watch_chat_states(actor):
        yield QUIET if state is None else b"event: state\ndata: " + orjson.dumps(state) + b"\n\n"
    yield COME_BACK


async def _send(protocol: RsgiProtocol, events: AsyncIterator[bytes], signed_out: "asyncio.Future[None]") -> None:
    """Send events until they end, the client goes, or the caller is signed out."""
    # A refusal is raised by the first event, while an answer with a status is still possible.
    first = await anext(events)
    transport = protocol.response_stream(200, HEADERS)
    gone = asyncio.ensure_future(protocol.client_disconnect())
    serving = asyncio.current_task()
    for reason in (gone, signed_out) if serving is not None else ():
        reason.add_done_callback(lambda ended: None if ended.cancelled() or serving is None else serving.cancel())
    try:
        await transport.send_bytes(first)
        async for event in events:
            await transport.send_bytes(event)
    except (ConnectionError, RuntimeError):
        return
    except asyncio.CancelledError:
        if not (gone.done() or signed_out.done()):
            raise
    finally:
        # The server ends the response when nothing holds its transport any more.
        del transport
        gone.cancel()


def written(news: ReplyEvent) -> bytes:
    """One event in the format of ``text/event-stream``; its id is ``attempt:offset``."""
    if news.kind == "quiet":
        return QUIET
    if news.kind == "later":
        return COME_BACK
    head = f"id: {news.attempt}:{news.offset}\nevent: {news.kind}\ndata: "
    return head.encode() + orjson.dumps(news.data) + b"\n\n"
