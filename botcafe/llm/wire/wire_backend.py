"""One call over any of the wires: open, read events as they come, end, and let go of the socket."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from typing import Any

from aiohttp import ClientError, ClientResponse

from botcafe.llm.errors import BadReplyError, ConnectionFailedError, ModelError
from botcafe.llm.protocol import ChatRequest, Deadlines, Endpoint, StreamEvent
from botcafe.llm.providers.options import REFUSED
from botcafe.llm.wire.http_calls import Signature, StreamDeadlines, bearer, call, read_json, secrets_of
from botcafe.llm.wire.provider_errors import error_from_status
from botcafe.llm.wire.reply_reader import ReplyReader, parsed
from botcafe.llm.wire.sse import LINE_LIMIT_BYTES, SSEParser

ERROR_BODY_LIMIT_BYTES = 64 * 1024
DRAIN_S = 0.2
# White space and the mark of UTF-8, which may stand before anything.
BLANK = b" \t\r\n\xef\xbb\xbf"
# How many options a server may refuse, one after the other, before we give up.
MOST_TRIES = 8


class WireBackend(ABC):
    """One endpoint with one key. Cheap to make: sessions are shared per event loop. A wire fills in its four methods."""

    sign: Signature = staticmethod(bearer)

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines | None = None) -> None:
        self._endpoint = endpoint
        self._deadlines = deadlines or Deadlines.for_endpoint(endpoint)
        self._secrets = secrets_of(endpoint)

    @abstractmethod
    def path(self, request: ChatRequest) -> str:
        """Where the call goes, under the base of the endpoint."""

    @abstractmethod
    def body(self, request: ChatRequest, refused: frozenset[str]) -> dict[str, Any]:
        """What is sent, without the options that this server refused before."""

    @abstractmethod
    def refused_option(self, status: int, answer: object, body: dict[str, Any]) -> str | None:
        """The option of the body that the answer calls unsupported; None when it complains about something else."""

    @abstractmethod
    def reply(self, request: ChatRequest, secrets: tuple[str, ...]) -> ReplyReader:
        """What reads the answer."""

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Deltas, then one Usage, then one End; see `ChatBackend.stream`. Raises ModelError."""
        clock = StreamDeadlines(self._deadlines)
        response = await self._open(request, clock)
        reply = self.reply(request, self._secrets)
        try:
            chunk = await _beginning(response, clock)
            if chunk[:1] in (b"{", b"["):
                for event in reply.take_parsed(await clock.limited(_whole(response, chunk))):
                    yield event
                chunk = b""
            parser = SSEParser()
            while chunk:
                for event in _events(parser.feed(chunk), reply):
                    clock.has_started = True
                    yield event
                chunk = b"" if reply.is_done else await clock.read(response.content)
            for event in _events(parser.close(), reply):
                yield event
            for event in reply.finish():
                yield event
            await _drain(response)
        finally:
            response.close()

    async def _open(self, request: ChatRequest, clock: StreamDeadlines) -> ClientResponse:
        """The answer with status 200. An option that the server refuses by name is given up, and the call repeated."""
        base_url = self._endpoint.base_url
        error: ModelError = ConnectionFailedError()
        for _ in range(MOST_TRIES):
            body = self.body(request, REFUSED.of(base_url, request.model))
            connect_s = self._deadlines.connect_s
            response = await clock.limited(
                call(self._endpoint, "POST", self.path(request), body, connect_s, type(self).sign)
            )
            if response.status == 200:
                return response
            answer = await error_answer(response, clock)
            error = error_from_status(response.status, answer, response.headers, self._secrets)
            option = self.refused_option(response.status, answer, body)
            if option is None or option in REFUSED.of(base_url, request.model):
                break
            REFUSED.add(base_url, request.model, option)
        raise error


async def error_answer(response: ClientResponse, clock: StreamDeadlines) -> Any:
    """What a provider says with a status other than 200, parsed or raw; the response is closed."""
    try:
        return await clock.limited(read_json(response, ERROR_BODY_LIMIT_BYTES))
    except BadReplyError:
        return ""
    finally:
        response.close()


async def _beginning(response: ClientResponse, clock: StreamDeadlines) -> bytes:
    """The first bytes, which tell better than the headers what comes. Raises BadReplyError for a web page."""
    chunk = b""
    while not chunk and (more := await clock.read(response.content)):
        chunk = more.lstrip(BLANK)
    if chunk.startswith(b"<") or (response.content_type == "text/html" and not chunk.startswith(b"data:")):
        raise BadReplyError("is a web page; the address is probably not quite right", retryable=False)
    return chunk


async def _whole(response: ClientResponse, begun: bytes) -> Any:
    """A reply that comes in one piece, after its first bytes. Raises BadReplyError."""
    answer = await read_json(response, LINE_LIMIT_BYTES, begun)
    return parsed(answer.encode("utf-8", "replace")) if isinstance(answer, str) else answer


def _events(found: Iterator[bytes], reply: ReplyReader) -> Iterator[StreamEvent]:
    for data in found:
        yield from reply.take(data)


async def _drain(response: ClientResponse) -> None:
    """Read the few bytes after the end, so that the connection can be used again."""
    with suppress(ClientError, OSError, TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while await response.content.readany():
                pass
