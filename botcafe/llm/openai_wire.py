"""The OpenAI chat wire, spoken directly: the fast path for every provider and server that understands it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from typing import Any

import orjson
from aiohttp import ClientError, ClientResponse

from botcafe.llm.errors import BadReplyError, ConnectionFailedError, ModelError
from botcafe.llm.openai_errors import error_from_status
from botcafe.llm.openai_http import Clock, call, read_json, secrets_of
from botcafe.llm.openai_payload import GIVE_WAY, RefusedOptions, refused_option, request_body
from botcafe.llm.openai_reply import ReplyReader
from botcafe.llm.protocol import ChatRequest, Deadlines, Endpoint, Event
from botcafe.llm.sse import LINE_LIMIT_BYTES, SSEParser

CHAT_PATH = "chat/completions"
ERROR_BODY_LIMIT_BYTES = 64 * 1024
DRAIN_S = 0.2
_refused_options = RefusedOptions()


class OpenAIBackend:
    """One endpoint with one key. Cheap to make: sessions are shared per event loop."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines | None = None) -> None:
        self._endpoint = endpoint
        self._deadlines = deadlines or Deadlines()
        self._secrets = secrets_of(endpoint)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Event, None]:
        """Deltas, then one Usage, then one End; see `ChatBackend.stream`. Raises ModelError."""
        clock = Clock(self._deadlines)
        response = await self._open(request, clock)
        reply = ReplyReader(request, self._secrets)
        try:
            if response.content_type == "application/json":
                whole = orjson.dumps(await clock.limited(read_json(response, LINE_LIMIT_BYTES)))
                for event in reply.take(whole):
                    yield event
            parser = SSEParser()
            while not reply.is_done and (chunk := await clock.read(response.content)):
                for event in _events(parser.feed(chunk), reply):
                    clock.has_started = True
                    yield event
            for event in _events(parser.close(), reply):
                yield event
            for event in reply.finish():
                yield event
            await _drain(response)
        finally:
            response.close()

    async def _open(self, request: ChatRequest, clock: Clock) -> ClientResponse:
        """The answer with status 200. An option that the server refuses by name is given up, and the call repeated."""
        base_url = self._endpoint.base_url
        error: ModelError = ConnectionFailedError()
        for _ in range(len(GIVE_WAY) + 1):
            body = request_body(request, _refused_options.of(base_url, request.model))
            response = await clock.limited(call(self._endpoint, "POST", CHAT_PATH, body, self._deadlines.connect_s))
            if response.status == 200:
                return _unless_a_page(response)
            answer = await _error_answer(response, clock)
            error = error_from_status(response.status, answer, response.headers, self._secrets)
            option = refused_option(response.status, answer, body)
            if option is None:
                break
            _refused_options.add(base_url, request.model, option)
        raise error


async def list_models(endpoint: Endpoint, *, timeout_s: float = 15.0) -> list[str]:
    """The model names that the endpoint offers, sorted. Raises ModelError."""
    clock = Clock(Deadlines(first_event_s=timeout_s))
    response = await clock.limited(call(endpoint, "GET", "models", None, timeout_s))
    try:
        answer = await clock.limited(read_json(response, LINE_LIMIT_BYTES))
        if response.status != 200:
            raise error_from_status(response.status, answer, response.headers, secrets_of(endpoint))
    finally:
        response.close()
    rows = answer.get("data", answer.get("models")) if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        raise BadReplyError("holds no list of models")
    names = (row.get("id") or row.get("name") for row in rows if isinstance(row, dict))
    return sorted({name for name in names if isinstance(name, str)})


async def _error_answer(response: ClientResponse, clock: Clock) -> Any:
    try:
        return await clock.limited(read_json(response, ERROR_BODY_LIMIT_BYTES))
    except BadReplyError:
        return ""
    finally:
        response.close()


def _events(found: Iterator[bytes], reply: ReplyReader) -> Iterator[Event]:
    for data in found:
        yield from reply.take(data)


def _unless_a_page(response: ClientResponse) -> ClientResponse:
    if response.content_type == "text/html":
        response.close()
        raise BadReplyError("is a web page; the address is probably not quite right", retryable=False)
    return response


async def _drain(response: ClientResponse) -> None:
    """Read the few bytes after the end, so that the connection can be used again."""
    with suppress(ClientError, OSError, TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while await response.content.readany():
                pass
