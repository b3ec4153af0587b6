"""One call over any of the wires: open the stream, yield its events, close the socket."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress

from aiohttp import ClientError, ClientResponse

from botcafe.kit.json_types import JsonObject, JsonValue
from botcafe.kit.telemetry.metrics import Counter
from botcafe.llm.errors import BadReplyError, ConnectionFailedError, ModelError
from botcafe.llm.protocol import ChatRequest, Deadlines, Endpoint, StreamEvent
from botcafe.llm.providers.options import REFUSED_OPTIONS
from botcafe.llm.wire.http_calls import (
    AuthHeaders,
    StreamDeadlines,
    bearer_auth_headers,
    read_json_or_text,
    secrets_of,
    send_request,
)
from botcafe.llm.wire.provider_errors import error_from_status
from botcafe.llm.wire.reply_reader import ReplyReader, parse_json
from botcafe.llm.wire.sse import LINE_LIMIT_BYTES, SSEParser

CALLS = Counter("botcafe_provider_calls", "Calls to model providers, by how they ended.", "provider", "outcome")
ERROR_BODY_LIMIT_BYTES = 64 * 1024
DRAIN_S = 0.2
# White space and the byte order mark of UTF-8, which some servers send first.
LEADING_BLANK = b" \t\r\n\xef\xbb\xbf"
# A server names one refused option at a time: so many calls until we give up.
MAX_TRIES = 8


class WireBackend(ABC):
    """One endpoint with one key; each wire implements the four abstract methods. Cheap: HTTP sessions are shared."""

    # Its kind, for metrics.
    provider = "custom"
    auth_headers: AuthHeaders = staticmethod(bearer_auth_headers)

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines | None = None) -> None:
        self._endpoint = endpoint
        self._deadlines = deadlines or Deadlines.for_endpoint(endpoint)
        self._secrets = secrets_of(endpoint)

    @abstractmethod
    def call_path(self, request: ChatRequest) -> str:
        """The path of the call below the base URL."""

    @abstractmethod
    def build_body(self, request: ChatRequest, refused: frozenset[str]) -> JsonObject:
        """The JSON body, without the options that this server refused before."""

    @abstractmethod
    def find_refused_option(self, status: int, answer: object, body: JsonObject) -> str | None:
        """The option of the body that the answer calls unsupported; None when it complains about something else."""

    @abstractmethod
    def create_reader(self, request: ChatRequest, secrets: tuple[str, ...]) -> ReplyReader:
        """The reader of one answer."""

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Deltas, then one Usage, then one StreamEnd; see `ChatBackend.stream`. Raises ModelError."""
        outcome = "stopped"
        try:
            async with aclosing(self._stream(request)) as events:
                async for event in events:
                    yield event
            outcome = "ok"
        except ModelError as error:
            outcome = error.code
            raise
        finally:
            CALLS.add(1, self.provider, outcome)

    async def _stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        deadlines = StreamDeadlines(self._deadlines)
        response = await self._open(request, deadlines)
        reader = self.create_reader(request, self._secrets)
        try:
            chunk = await _read_first_bytes(response, deadlines)
            # Some servers ignore `stream` and answer with one JSON object.
            if chunk[:1] in (b"{", b"["):
                for event in reader.feed_parsed(await deadlines.run_within(_read_unstreamed_reply(response, chunk))):
                    yield event
                chunk = b""
            parser = SSEParser()
            while chunk:
                for event in _events_from(parser.feed(chunk), reader):
                    deadlines.has_started = True
                    yield event
                chunk = b"" if reader.is_done else await deadlines.read_bytes(response.content)
            for event in _events_from(parser.close(), reader):
                yield event
            for event in reader.finish():
                yield event
            await _drain_response(response)
        finally:
            response.close()

    async def _open(self, request: ChatRequest, deadlines: StreamDeadlines) -> ClientResponse:
        """The response with status 200. When the server refuses an option by name, the call is repeated without it."""
        base_url = self._endpoint.base_url
        error: ModelError = ConnectionFailedError()
        for _ in range(MAX_TRIES):
            body = self.build_body(request, REFUSED_OPTIONS.names_for(base_url, request.model))
            connect_s = self._deadlines.connect_s
            response = await deadlines.run_within(
                send_request(self._endpoint, "POST", self.call_path(request), body, connect_s, type(self).auth_headers)
            )
            if response.status == 200:
                return response
            answer = await read_error_body(response, deadlines)
            error = error_from_status(response.status, answer, response.headers, self._secrets)
            option = self.find_refused_option(response.status, answer, body)
            if option is None or option in REFUSED_OPTIONS.names_for(base_url, request.model):
                break
            REFUSED_OPTIONS.add(base_url, request.model, option)
        raise error


async def read_error_body(response: ClientResponse, deadlines: StreamDeadlines) -> JsonValue:
    """The body of an answer with a status other than 200, parsed or raw; closes the response."""
    try:
        return await deadlines.run_within(read_json_or_text(response, ERROR_BODY_LIMIT_BYTES))
    except BadReplyError:
        return ""
    finally:
        response.close()


async def _read_first_bytes(response: ClientResponse, deadlines: StreamDeadlines) -> bytes:
    """The first bytes of the body. Raises BadReplyError for a web page."""
    chunk = b""
    while not chunk and (more := await deadlines.read_bytes(response.content)):
        chunk = more.lstrip(LEADING_BLANK)
    # Content types are often wrong, so the first bytes decide between JSON, events and a web page.
    if chunk.startswith(b"<") or (response.content_type == "text/html" and not chunk.startswith(b"data:")):
        raise BadReplyError("is a web page; the address is probably not quite right", retryable=False)
    return chunk


async def _read_unstreamed_reply(response: ClientResponse, prefix: bytes) -> JsonValue:
    """A reply that is one JSON object, of which `prefix` was read before. Raises BadReplyError."""
    answer = await read_json_or_text(response, LINE_LIMIT_BYTES, prefix)
    return parse_json(answer.encode("utf-8", "replace")) if isinstance(answer, str) else answer


def _events_from(chunks: Iterator[bytes], reader: ReplyReader) -> Iterator[StreamEvent]:
    for data in chunks:
        yield from reader.feed(data)


async def _drain_response(response: ClientResponse) -> None:
    """Read the few bytes after the end: a connection with unread bytes cannot be kept alive."""
    with suppress(ClientError, OSError, TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while await response.content.readany():
                pass
