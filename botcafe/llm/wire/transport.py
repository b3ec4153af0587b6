"""One HTTP session per event loop and allow-list, behind the address guard; no cookies, proxies or environment."""

import asyncio
from types import SimpleNamespace
from weakref import WeakKeyDictionary

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TraceConfig, TraceConnectionReuseconnParams

from botcafe.kit.netguard import guarded_connector

CONNECTION_LIMIT = 4000
_Sessions = dict[frozenset[str], ClientSession]
_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, _Sessions] = WeakKeyDictionary()


class HttpAttempt:
    """One request; `was_reused` is set when it used a kept-alive connection."""

    def __init__(self) -> None:
        self.was_reused = False


def session_for(allowed: frozenset[str]) -> ClientSession:
    """The session of the running loop for this allow-list (see `netguard.parse_allowed`)."""
    of_loop = _sessions.setdefault(asyncio.get_running_loop(), {})
    session = of_loop.get(allowed)
    if session is None or session.closed:
        session = of_loop[allowed] = _create_session(allowed)
    return session


async def close_sessions() -> None:
    """Close the running loop's sessions, with every stream that is still open. For shutdown and for tests."""
    for session in _sessions.pop(asyncio.get_running_loop(), {}).values():
        await session.close()


def _create_session(allowed: frozenset[str]) -> ClientSession:
    return ClientSession(
        connector=guarded_connector(allowed, limit=CONNECTION_LIMIT),
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        timeout=ClientTimeout(total=None),
        headers={"User-Agent": "botcafe", "Accept-Encoding": "identity"},
        trace_configs=[_reuse_trace()],
    )


def _reuse_trace() -> TraceConfig:
    trace = TraceConfig()
    trace.on_connection_reuseconn.append(_note_reuse)
    return trace


async def _note_reuse(_: ClientSession, context: SimpleNamespace, __: TraceConnectionReuseconnParams) -> None:
    if isinstance(context.trace_request_ctx, HttpAttempt):
        context.trace_request_ctx.was_reused = True
