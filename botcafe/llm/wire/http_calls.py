"""HTTP calls of all wires: headers, address guard, deadlines, and network failures as ModelError."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import orjson
from aiohttp import ClientError, ClientOSError, ClientResponse, ClientTimeout, ServerDisconnectedError, StreamReader

from botcafe.kit.addresses import GuardedAddressError, check_endpoint, check_url
from botcafe.kit.json_types import JsonObject, JsonValue
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
from botcafe.llm.wire.json_depth import refuse_deep_json
from botcafe.llm.wire.transport import HttpAttempt, session_for

MAX_STALE_CONNECTION_TRIES = 3
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
RESERVED_HEADERS = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"}
)
T = TypeVar("T")
AuthHeaders = Callable[[str], dict[str, str]]


def bearer_auth_headers(key: str) -> dict[str, str]:
    """The `Authorization` header of most providers; none without a key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


class StreamDeadlines:
    """The deadlines of one stream, in the event loop's time.

    Each read has a deadline of its own, so the time that a slow consumer takes between two reads does not count.
    """

    def __init__(self, deadlines: Deadlines) -> None:
        self._limits = deadlines
        self._loop = asyncio.get_running_loop()
        self._started_at = self._loop.time()
        self.has_started = False

    async def read_bytes(self, content: StreamReader) -> bytes:
        """The next bytes, empty at the end. Raises ModelTimeoutError, or BadReplyError when the connection breaks."""
        deadline = self._next_deadline()
        try:
            async with asyncio.timeout_at(deadline):
                return await content.readany()
        except TimeoutError:
            raise self._timeout_error(deadline) from None
        except (ClientError, OSError) as error:
            raise BadReplyError("broke off in the middle", detail=type(error).__name__) from None

    async def run_within(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of the work. Raises ModelTimeoutError, and what the work raises."""
        deadline = self._next_deadline()
        try:
            async with asyncio.timeout_at(deadline):
                return await work
        except TimeoutError:
            raise self._timeout_error(deadline) from None

    def _next_deadline(self) -> float:
        limits = self._limits
        next_event = self._loop.time() + limits.idle_s if self.has_started else self._started_at + limits.first_event_s
        return min(next_event, self._started_at + limits.total_s)

    def _timeout_error(self, deadline: float) -> ModelTimeoutError:
        if deadline >= self._started_at + self._limits.total_s:
            return TotalTimeoutError(self._limits.total_s)
        return (
            IdleTimeoutError(self._limits.idle_s)
            if self.has_started
            else FirstTokenTimeoutError(self._limits.first_event_s)
        )


async def send_request(
    endpoint: Endpoint,
    method: str,
    path: str,
    body: JsonObject | None,
    connect_s: float,
    auth_headers: AuthHeaders = bearer_auth_headers,
) -> ClientResponse:
    """Send one request through the address guard; redirects are not followed, since they could lead behind the guard.

    Raises AddressRefusedError, AuthError for a key that no header can hold, ConnectionFailedError.
    """
    for _ in range(MAX_STALE_CONNECTION_TRIES):
        attempt = HttpAttempt()
        try:
            return await _send_once(endpoint, method, path, body, connect_s, auth_headers, attempt)
        except GuardedAddressError as error:
            raise AddressRefusedError(str(error)) from None
        except (ServerDisconnectedError, ClientOSError) as error:
            failure = type(error).__name__
            # Only a kept-alive connection may have been closed by the server meanwhile; a new one that fails is a fault.
            if not attempt.was_reused:
                break
        except ClientError as error:
            raise ConnectionFailedError(detail=type(error).__name__) from None
    raise ConnectionFailedError(detail=failure)


async def read_json_or_text(response: ClientResponse, limit_bytes: int, prefix: bytes = b"") -> JsonValue:
    """The body as JSON, or as text where it is not JSON; `prefix` is the part of it that was read before.

    Raises BadReplyError over the limit, for what nests too deep, and when the connection breaks.
    """
    raw = bytearray(prefix)
    try:
        async for piece in response.content.iter_any():
            raw += piece
            if len(raw) > limit_bytes:
                raise BadReplyError("is far too long", retryable=False)
    except (ClientError, OSError) as error:
        raise BadReplyError("broke off in the middle", detail=type(error).__name__) from None
    try:
        value: JsonValue = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")
    refuse_deep_json(raw, value)
    return value


def secrets_of(endpoint: Endpoint) -> tuple[str, ...]:
    """What must not appear in an error's detail: the key, and the values of the endpoint's extra headers."""
    return tuple(text for text in (endpoint.api_key.reveal(), *endpoint.headers.values()) if text)


async def _send_once(
    endpoint: Endpoint,
    method: str,
    path: str,
    body: JsonObject | None,
    connect_s: float,
    auth_headers: AuthHeaders,
    attempt: HttpAttempt,
) -> ClientResponse:
    check_endpoint(endpoint.base_url)
    url = check_url(endpoint.url(path), endpoint.private_endpoints)
    check_call_allowed(url.host or "")
    return await session_for(endpoint.private_endpoints).request(
        method,
        url,
        data=None if body is None else orjson.dumps(body),
        headers=_request_headers(endpoint, auth_headers),
        allow_redirects=False,
        timeout=ClientTimeout(total=None, sock_connect=connect_s),
        trace_request_ctx=attempt,
    )


def _request_headers(endpoint: Endpoint, auth_headers: AuthHeaders) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
    key = endpoint.api_key.reveal().strip()
    if not (key.isascii() and key.isprintable()):
        raise AuthError("The key holds a character that no key has. Paste it again.")
    headers.update(auth_headers(key))
    for name, value in endpoint.headers.items():
        if not HEADER_NAME.fullmatch(name) or not value.isprintable():
            raise ConnectionFailedError(message="An extra header of this address cannot be sent.", retryable=False)
        if name.lower() not in RESERVED_HEADERS:
            headers[name] = value
    return headers
