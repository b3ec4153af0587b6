"""HTTP under the wires: headers, guarded calls, deadlines, and failures put into our words."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import orjson
from aiohttp import ClientError, ClientOSError, ClientResponse, ClientTimeout, ServerDisconnectedError, StreamReader

from botcafe.kit.addresses import GuardedAddressError, check_url
from botcafe.llm.errors import (
    AddressRefusedError,
    AuthError,
    BadReplyError,
    ConnectionFailedError,
    FirstTokenTimeoutError,
    IdleTimeoutError,
    ModelTimeoutError,
    TotalTimeoutError,
)
from botcafe.llm.protocol import Deadlines, Endpoint, check_call_allowed
from botcafe.llm.wire.transport import HttpAttempt, session_for

TRIES_OVER_KEPT_CONNECTIONS = 3
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
OWN_HEADERS = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"}
)
T = TypeVar("T")
Signature = Callable[[str], dict[str, str]]


def bearer(key: str) -> dict[str, str]:
    """The headers of most providers."""
    return {"Authorization": f"Bearer {key}"} if key else {}


class StreamDeadlines:
    """The deadlines of one stream. The time that its reader takes for itself does not count as silence."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._limits = deadlines
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self.has_started = False

    async def read(self, content: StreamReader) -> bytes:
        """The next bytes, empty at the end. Raises ModelTimeoutError, or BadReplyError when the line breaks."""
        when = self._deadline()
        try:
            async with asyncio.timeout_at(when):
                return await content.readany()
        except TimeoutError:
            raise self._error_at(when) from None
        except (ClientError, OSError) as error:
            raise BadReplyError("broke off in the middle", detail=type(error).__name__) from None

    async def limited(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of some work with the server. Raises ModelTimeoutError, and what the work raises."""
        when = self._deadline()
        try:
            async with asyncio.timeout_at(when):
                return await work
        except TimeoutError:
            raise self._error_at(when) from None

    def _deadline(self) -> float:
        limits = self._limits
        own = self._loop.time() + limits.idle_s if self.has_started else self._begun + limits.first_event_s
        return min(own, self._begun + limits.total_s)

    def _error_at(self, when: float) -> ModelTimeoutError:
        if when >= self._begun + self._limits.total_s:
            return TotalTimeoutError(self._limits.total_s)
        return (
            IdleTimeoutError(self._limits.idle_s)
            if self.has_started
            else FirstTokenTimeoutError(self._limits.first_event_s)
        )


async def call(
    endpoint: Endpoint,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    connect_s: float,
    sign: Signature = bearer,
) -> ClientResponse:
    """One guarded call, redirects not followed; a kept connection that had gone stale is replaced by another.

    `sign` turns the key into the headers of the wire. Raises AddressRefusedError, AuthError for a key that cannot be sent, ConnectionFailedError.
    """
    for _ in range(TRIES_OVER_KEPT_CONNECTIONS):
        attempt = HttpAttempt()
        try:
            return await _send(endpoint, method, path, body, connect_s, sign, attempt)
        except GuardedAddressError as error:
            raise AddressRefusedError(str(error)) from None
        except (ServerDisconnectedError, ClientOSError) as error:
            failure = type(error).__name__
            if not attempt.was_reused:
                break
        except ClientError as error:
            raise ConnectionFailedError(detail=type(error).__name__) from None
    raise ConnectionFailedError(detail=failure)


async def read_json(response: ClientResponse, limit_bytes: int, begun: bytes = b"") -> Any:
    """The body as JSON, or as text where it is none; `begun` of it was read before.

    Raises BadReplyError over the limit or when the line breaks.
    """
    raw = bytearray(begun)
    try:
        async for piece in response.content.iter_any():
            raw += piece
            if len(raw) > limit_bytes:
                raise BadReplyError("is far too long", retryable=False)
    except (ClientError, OSError) as error:
        raise BadReplyError("broke off in the middle", detail=type(error).__name__) from None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")


def secrets_of(endpoint: Endpoint) -> tuple[str, ...]:
    """What must not appear in a detail: the key and the values of the endpoint's own headers."""
    return tuple(text for text in (endpoint.api_key.reveal(), *endpoint.headers.values()) if text)


async def _send(
    endpoint: Endpoint,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    connect_s: float,
    sign: Signature,
    attempt: HttpAttempt,
) -> ClientResponse:
    url = check_url(endpoint.url(path), endpoint.private_endpoints)
    check_call_allowed(url.host or "")
    return await session_for(endpoint.private_endpoints).request(
        method,
        url,
        data=None if body is None else orjson.dumps(body),
        headers=_headers(endpoint, sign),
        allow_redirects=False,
        timeout=ClientTimeout(total=None, sock_connect=connect_s),
        trace_request_ctx=attempt,
    )


def _headers(endpoint: Endpoint, sign: Signature) -> dict[str, str]:
    made = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
    key = endpoint.api_key.reveal().strip()
    if not (key.isascii() and key.isprintable()):
        raise AuthError("The key holds a character that no key has. Paste it again.")
    made.update(sign(key))
    for name, value in endpoint.headers.items():
        if not HEADER_NAME.fullmatch(name) or not value.isprintable():
            raise ConnectionFailedError(words="An extra header of this address cannot be sent.", retryable=False)
        if name.lower() not in OWN_HEADERS:
            made[name] = value
    return made
