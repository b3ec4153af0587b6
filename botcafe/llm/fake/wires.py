"""The three protocols as the fake provider speaks them: the shapes of chunks, ends, errors and whole replies."""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import orjson
from aiohttp import web

READ_TOKENS = 11
RETRY_AFTER_S = 7
Json = dict[str, Any]


class FakeWire(ABC):
    """One reply in the making: the open response, and what a script may say. Counts are (read, written) or None."""

    key_header: ClassVar[str]

    def __init__(self, request: web.Request, body: Json, model: str, stopping: asyncio.Event, is_first: bool) -> None:
        self.request = request
        self.body = body
        self.model = model
        self.argument = model.partition(":")[2]
        self.stopping = stopping
        self.is_first = is_first
        self.line_end = b"\n"
        self.response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})

    @property
    def key(self) -> str:
        """The key that came with the request."""
        return self.request.headers.get(self.key_header, "").removeprefix("Bearer ")

    async def open(self) -> None:
        """Send the status line, and how the wire begins."""
        await self.response.prepare(self.request)

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        await self.response.write(data)

    async def event(self, payload: Json) -> None:
        """Send one event."""
        await self.raw(b"data: " + orjson.dumps(payload) + self.line_end * 2)

    async def words(self, *words: str) -> None:
        """Send words, one an event."""
        for word in words:
            await self.event(self.text(word))

    async def thoughts(self, *words: str) -> None:
        """Send words of thinking, one an event."""
        for word in words:
            await self.event(self.thought(word))

    async def ping(self) -> None:
        """Say that we are still here."""
        await self.raw(b": still here" + self.line_end * 2)

    async def eof(self) -> web.StreamResponse:
        """Close without a word."""
        await self.response.write_eof()
        return self.response

    async def end(self, written: object = 6, finish: str = "stop", read: object = READ_TOKENS) -> web.StreamResponse:
        """Finish as the wire does; counts that are None are left out. `finish` is `stop`, `length` or `filter`."""
        for payload in self.closing(finish, self.counts(read, written)):
            await self.event(payload)
        return await self.eof()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait that long, or for ever; the end of the fake ends it."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise ConnectionResetError

    def failure(self, status: int, message: str) -> web.Response:
        """An answer with an error."""
        headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 429 else {}
        return web.json_response(self.error(status, message), status=status, headers=headers)

    @abstractmethod
    def text(self, text: str) -> Json:
        """An event with a piece of the reply."""

    @abstractmethod
    def thought(self, text: str) -> Json:
        """An event with a piece of thinking."""

    @abstractmethod
    def refusal(self) -> list[Json]:
        """Events of a model that declines."""

    @abstractmethod
    def counts(self, read: object, written: object, cached: int = 0) -> Json:
        """The usage; what is None is left out. `cached` of the tokens read came from a cache."""

    @abstractmethod
    def closing(self, finish: str, counts: Json) -> list[Json]:
        """Events of the end."""

    @abstractmethod
    def error(self, status: int, message: str) -> Json:
        """An error object, as an answer or in mid-stream."""

    @abstractmethod
    def whole(self, text: str) -> Json:
        """A reply in one piece."""


class FakeOpenAIWire(FakeWire):
    """Chunks of a chat completion."""

    key_header = "Authorization"
    _CODES: ClassVar = {
        401: "invalid_api_key",
        402: "insufficient_quota",
        404: "model_not_found",
        429: "rate_limit_exceeded",
    }
    _FINISHES: ClassVar = {"filter": "content_filter"}

    async def open(self) -> None:
        """The role comes first."""
        await super().open()
        await self.event(self._delta({"role": "assistant", "content": ""}))

    async def end(self, written: object = 6, finish: str = "stop", read: object = READ_TOKENS) -> web.StreamResponse:
        """With the end mark."""
        for payload in self.closing(finish, self.counts(read, written)):
            await self.event(payload)
        await self.raw(b"data: [DONE]" + self.line_end * 2)
        return await self.eof()

    def text(self, text: str) -> Json:
        return self._delta({"content": text})

    def thought(self, text: str) -> Json:
        return self._delta({"reasoning_content": text})

    def refusal(self) -> list[Json]:
        return [
            self._delta({"refusal": "I can"}),
            self._delta({"refusal": "not help with that."}),
            self._delta({}, "stop"),
        ]

    def counts(self, read: object, written: object, cached: int = 0) -> Json:
        told = {"prompt_tokens": read, "completion_tokens": written}
        details = {"prompt_tokens_details": {"cached_tokens": cached}} if cached else {}
        return {**{name: value for name, value in told.items() if value is not None}, **details}

    def closing(self, finish: str, counts: Json) -> list[Json]:
        """The usage comes last, and only where it was asked for."""
        made = [self._delta({}, self._FINISHES.get(finish, finish))]
        wished = (self.body.get("stream_options") or {}).get("include_usage")
        return [*made, {**self._chunk([]), "usage": counts}] if wished and counts else made

    def error(self, status: int, message: str) -> Json:
        return {"error": {"message": message, "code": self._CODES.get(status, status), "param": None}}

    def whole(self, text: str) -> Json:
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return {**self._chunk([choice]), "usage": self.counts(READ_TOKENS, 6)}

    def _delta(self, delta: Json, finish: str | None = None) -> Json:
        return self._chunk([{"index": 0, "delta": delta, "finish_reason": finish}])

    def _chunk(self, choices: list[Json]) -> Json:
        return {"id": "fake-1", "object": "chat.completion.chunk", "model": self.model, "choices": choices}


class FakeAnthropicWire(FakeWire):
    """Events of the Messages API; a block of thinking is open before one of text."""

    key_header = "x-api-key"
    _TYPES: ClassVar = {
        400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
        404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error",
    }  # fmt: skip
    _FINISHES: ClassVar = {"stop": "end_turn", "length": "max_tokens", "filter": "refusal"}

    async def event(self, payload: Json) -> None:
        """With the name of the event, which is its type."""
        name = str(payload["type"]).encode()
        await self.raw(b"event: " + name + self.line_end + b"data: " + orjson.dumps(payload) + self.line_end * 2)

    async def open(self) -> None:
        """The message comes first, with the tokens read and one token written."""
        await super().open()
        message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": self.model}
        usage = {"input_tokens": READ_TOKENS, "output_tokens": 1}
        if self.model.partition(":")[0] in ("missing-usage", "lying-usage", "cached"):
            usage = {}
        await self.event({"type": "message_start", "message": {**message, "usage": usage}})
        await self.event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})

    async def thoughts(self, *words: str) -> None:
        """A block of its own, closed with a signature."""
        block = {"type": "thinking", "thinking": "", "signature": ""}
        await self.event({"type": "content_block_start", "index": 1, "content_block": block})
        await super().thoughts(*words)
        await self.event(self._delta({"type": "signature_delta", "signature": "c2VhbGVk"}))
        await self.event({"type": "content_block_stop", "index": 1})

    async def ping(self) -> None:
        """An event of its own."""
        await self.event({"type": "ping"})

    def text(self, text: str) -> Json:
        return self._delta({"type": "text_delta", "text": text})

    def thought(self, text: str) -> Json:
        return self._delta({"type": "thinking_delta", "thinking": text})

    def refusal(self) -> list[Json]:
        return self.closing("filter", self.counts(READ_TOKENS, 1))

    def counts(self, read: object, written: object, cached: int = 0) -> Json:
        """Cached tokens are counted apart from the input."""
        apart = {"cache_read_input_tokens": cached, "cache_creation_input_tokens": 0} if cached else {}
        told = {"input_tokens": read - cached if isinstance(read, int) else read, "output_tokens": written, **apart}
        return {name: value for name, value in told.items() if value is not None}

    def closing(self, finish: str, counts: Json) -> list[Json]:
        delta = {"stop_reason": self._FINISHES[finish], "stop_sequence": None}
        stop = {"type": "message_delta", "delta": delta, **({"usage": counts} if counts else {})}
        return [{"type": "content_block_stop", "index": 0}, stop, {"type": "message_stop"}]

    def error(self, status: int, message: str) -> Json:
        return {"type": "error", "error": {"type": self._TYPES.get(status, "api_error"), "message": message}}

    def whole(self, text: str) -> Json:
        content = [{"type": "text", "text": text}]
        made = {"id": "msg_1", "type": "message", "role": "assistant", "content": content, "stop_reason": "end_turn"}
        return {**made, "usage": self.counts(READ_TOKENS, 6)}

    def _delta(self, delta: Json) -> Json:
        return {"type": "content_block_delta", "index": 0, "delta": delta}


class FakeGoogleWire(FakeWire):
    """Chunks of generated content."""

    key_header = "x-goog-api-key"
    _STATUSES: ClassVar = {
        400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
    }  # fmt: skip
    _FINISHES: ClassVar = {"stop": "STOP", "length": "MAX_TOKENS", "filter": "SAFETY"}

    def text(self, text: str) -> Json:
        return self._chunk({"content": {"role": "model", "parts": [{"text": text}]}, "index": 0})

    def thought(self, text: str) -> Json:
        return self._chunk({"content": {"role": "model", "parts": [{"text": text, "thought": True}]}, "index": 0})

    def refusal(self) -> list[Json]:
        return [
            {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": self.counts(READ_TOKENS, None)}
        ]

    def counts(self, read: object, written: object, cached: int = 0) -> Json:
        told = {"promptTokenCount": read, "candidatesTokenCount": written, "cachedContentTokenCount": cached or None}
        return {name: value for name, value in told.items() if value is not None}

    def closing(self, finish: str, counts: Json) -> list[Json]:
        """The last chunk has the usage, or, late, one after it."""
        last = self._chunk({"finishReason": self._FINISHES[finish], "index": 0})
        if self.model == "late-usage":
            return [last, {"usageMetadata": counts}]
        return [{**last, "usageMetadata": counts} if counts else last]

    def failure(self, status: int, message: str) -> web.Response:
        """The time to wait stands in the answer, not in a header; the words are those of an empty account."""
        said = self.error(status, message)
        if status == 429:
            said["error"]["message"] = f"You exceeded your current quota. {message}"
            kind = "type.googleapis.com/google.rpc.RetryInfo"
            said["error"]["details"] = [{"@type": kind, "retryDelay": f"{RETRY_AFTER_S}s"}]
        return web.json_response(said, status=status)

    def error(self, status: int, message: str) -> Json:
        return {"error": {"code": status, "message": message, "status": self._STATUSES.get(status, "UNKNOWN")}}

    def whole(self, text: str) -> Json:
        return {**self.text(text), **self.closing("stop", self.counts(READ_TOKENS, 6))[0], **self._both(text)}

    def _both(self, text: str) -> Json:
        content = {"role": "model", "parts": [{"text": text}]}
        return self._chunk({"content": content, "finishReason": "STOP", "index": 0})

    def _chunk(self, candidate: Json) -> Json:
        return {"candidates": [candidate], "modelVersion": self.model}
