"""The three protocols of the fake provider: the JSON of chunks, stream ends, errors and whole replies."""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import orjson
from aiohttp import web

READ_TOKENS = 11
RETRY_AFTER_S = 7
Json = dict[str, Any]


class FakeWire(ABC):
    """One streamed reply, and what a script may send on it. Each wire implements the shapes of its events."""

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

    async def open_stream(self) -> None:
        """Send the status line and the first events of the wire."""
        await self.response.prepare(self.request)

    async def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        await self.response.write(data)

    async def send_event(self, payload: Json) -> None:
        """Send one event."""
        await self.send_bytes(b"data: " + orjson.dumps(payload) + self.line_end * 2)

    async def send_words(self, *words: str) -> None:
        """Send words, one an event."""
        for word in words:
            await self.send_event(self.text_event(word))

    async def send_reasoning(self, *words: str) -> None:
        """Send words of thinking, one an event."""
        for word in words:
            await self.send_event(self.reasoning_event(word))

    async def send_ping(self) -> None:
        """Send a keep-alive."""
        await self.send_bytes(b": still here" + self.line_end * 2)

    async def close_stream(self) -> web.StreamResponse:
        """Close the response without an end event."""
        await self.response.write_eof()
        return self.response

    async def finish_stream(
        self, written: object = 6, finish: str = "stop", read: object = READ_TOKENS
    ) -> web.StreamResponse:
        """Finish as the wire does; counts that are None are left out. `finish` is `stop`, `length` or `filter`."""
        for payload in self.closing_events(finish, self.usage_counts(read, written)):
            await self.send_event(payload)
        return await self.close_stream()

    async def pause(self, seconds: float | None = None) -> None:
        """Wait that long, or until the fake stops."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise ConnectionResetError

    def error_response(self, status: int, message: str) -> web.Response:
        """An error response."""
        headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 429 else {}
        return web.json_response(self.error_object(status, message), status=status, headers=headers)

    @abstractmethod
    def text_event(self, text: str) -> Json:
        """An event with a piece of the reply."""

    @abstractmethod
    def reasoning_event(self, text: str) -> Json:
        """An event with a piece of thinking."""

    @abstractmethod
    def refusal_events(self) -> list[Json]:
        """Events of a model that declines."""

    @abstractmethod
    def usage_counts(self, read: object, written: object, cached: int = 0) -> Json:
        """The usage; what is None is left out. `cached` of the tokens read came from a cache."""

    @abstractmethod
    def closing_events(self, finish: str, counts: Json) -> list[Json]:
        """Events of the end."""

    @abstractmethod
    def error_object(self, status: int, message: str) -> Json:
        """An error object, as an answer or in mid-stream."""

    @abstractmethod
    def whole_reply(self, text: str) -> Json:
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

    async def open_stream(self) -> None:
        """The role comes first."""
        await super().open_stream()
        await self.send_event(self._delta({"role": "assistant", "content": ""}))

    async def finish_stream(
        self, written: object = 6, finish: str = "stop", read: object = READ_TOKENS
    ) -> web.StreamResponse:
        """With the end mark."""
        for payload in self.closing_events(finish, self.usage_counts(read, written)):
            await self.send_event(payload)
        await self.send_bytes(b"data: [DONE]" + self.line_end * 2)
        return await self.close_stream()

    def text_event(self, text: str) -> Json:
        return self._delta({"content": text})

    def reasoning_event(self, text: str) -> Json:
        return self._delta({"reasoning_content": text})

    def refusal_events(self) -> list[Json]:
        return [
            self._delta({"refusal": "I can"}),
            self._delta({"refusal": "not help with that."}),
            self._delta({}, "stop"),
        ]

    def usage_counts(self, read: object, written: object, cached: int = 0) -> Json:
        counts = {"prompt_tokens": read, "completion_tokens": written}
        details = {"prompt_tokens_details": {"cached_tokens": cached}} if cached else {}
        return {**{name: value for name, value in counts.items() if value is not None}, **details}

    def closing_events(self, finish: str, counts: Json) -> list[Json]:
        """The usage comes last, and only where it was asked for."""
        made = [self._delta({}, self._FINISHES.get(finish, finish))]
        # OpenAI sends usage only where stream_options asks for it, in a last chunk without choices.
        wished = (self.body.get("stream_options") or {}).get("include_usage")
        return [*made, {**self._chunk([]), "usage": counts}] if wished and counts else made

    def error_object(self, status: int, message: str) -> Json:
        return {"error": {"message": message, "code": self._CODES.get(status, status), "param": None}}

    def whole_reply(self, text: str) -> Json:
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return {**self._chunk([choice]), "usage": self.usage_counts(READ_TOKENS, 6)}

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

    async def send_event(self, payload: Json) -> None:
        """With the name of the event, which is its type."""
        name = str(payload["type"]).encode()
        await self.send_bytes(b"event: " + name + self.line_end + b"data: " + orjson.dumps(payload) + self.line_end * 2)

    async def open_stream(self) -> None:
        """The message comes first, with the tokens read and one token written."""
        await super().open_stream()
        message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": self.model}
        usage = {"input_tokens": READ_TOKENS, "output_tokens": 1}
        if self.model.partition(":")[0] in ("missing-usage", "lying-usage", "cached"):
            usage = {}
        await self.send_event({"type": "message_start", "message": {**message, "usage": usage}})
        await self.send_event(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        )

    async def send_reasoning(self, *words: str) -> None:
        """A block of its own, closed with a signature."""
        block = {"type": "thinking", "thinking": "", "signature": ""}
        await self.send_event({"type": "content_block_start", "index": 1, "content_block": block})
        await super().send_reasoning(*words)
        await self.send_event(self._delta({"type": "signature_delta", "signature": "c2VhbGVk"}))
        await self.send_event({"type": "content_block_stop", "index": 1})

    async def send_ping(self) -> None:
        """An event of its own."""
        await self.send_event({"type": "ping"})

    def text_event(self, text: str) -> Json:
        return self._delta({"type": "text_delta", "text": text})

    def reasoning_event(self, text: str) -> Json:
        return self._delta({"type": "thinking_delta", "thinking": text})

    def refusal_events(self) -> list[Json]:
        return self.closing_events("filter", self.usage_counts(READ_TOKENS, 1))

    def usage_counts(self, read: object, written: object, cached: int = 0) -> Json:
        """Cached tokens are counted apart from the input."""
        apart = {"cache_read_input_tokens": cached, "cache_creation_input_tokens": 0} if cached else {}
        # Anthropic's input_tokens leave out cached ones; OpenAI's and Google's counts include them.
        counts = {"input_tokens": read - cached if isinstance(read, int) else read, "output_tokens": written, **apart}
        return {name: value for name, value in counts.items() if value is not None}

    def closing_events(self, finish: str, counts: Json) -> list[Json]:
        delta = {"stop_reason": self._FINISHES[finish], "stop_sequence": None}
        stop = {"type": "message_delta", "delta": delta, **({"usage": counts} if counts else {})}
        return [{"type": "content_block_stop", "index": 0}, stop, {"type": "message_stop"}]

    def error_object(self, status: int, message: str) -> Json:
        return {"type": "error", "error": {"type": self._TYPES.get(status, "api_error"), "message": message}}

    def whole_reply(self, text: str) -> Json:
        content = [{"type": "text", "text": text}]
        made = {"id": "msg_1", "type": "message", "role": "assistant", "content": content, "stop_reason": "end_turn"}
        return {**made, "usage": self.usage_counts(READ_TOKENS, 6)}

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

    def text_event(self, text: str) -> Json:
        return self._chunk({"content": {"role": "model", "parts": [{"text": text}]}, "index": 0})

    def reasoning_event(self, text: str) -> Json:
        return self._chunk({"content": {"role": "model", "parts": [{"text": text, "thought": True}]}, "index": 0})

    def refusal_events(self) -> list[Json]:
        return [
            {
                "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
                "usageMetadata": self.usage_counts(READ_TOKENS, None),
            }
        ]

    def usage_counts(self, read: object, written: object, cached: int = 0) -> Json:
        counts = {"promptTokenCount": read, "candidatesTokenCount": written, "cachedContentTokenCount": cached or None}
        return {name: value for name, value in counts.items() if value is not None}

    def closing_events(self, finish: str, counts: Json) -> list[Json]:
        """The last chunk has the usage, or, late, one after it."""
        last = self._chunk({"finishReason": self._FINISHES[finish], "index": 0})
        if self.model == "late-usage":
            return [last, {"usageMetadata": counts}]
        return [{**last, "usageMetadata": counts} if counts else last]

    def error_response(self, status: int, message: str) -> web.Response:
        """The time to wait stands in the answer, not in a header; the words are those of an empty account."""
        said = self.error_object(status, message)
        if status == 429:
            said["error"]["message"] = f"You exceeded your current quota. {message}"
            kind = "type.googleapis.com/google.rpc.RetryInfo"
            said["error"]["details"] = [{"@type": kind, "retryDelay": f"{RETRY_AFTER_S}s"}]
        return web.json_response(said, status=status)

    def error_object(self, status: int, message: str) -> Json:
        return {"error": {"code": status, "message": message, "status": self._STATUSES.get(status, "UNKNOWN")}}

    def whole_reply(self, text: str) -> Json:
        return {
            **self.text_event(text),
            **self.closing_events("stop", self.usage_counts(READ_TOKENS, 6))[0],
            **self._both(text),
        }

    def _both(self, text: str) -> Json:
        content = {"role": "model", "parts": [{"text": text}]}
        return self._chunk({"content": content, "finishReason": "STOP", "index": 0})

    def _chunk(self, candidate: Json) -> Json:
        return {"candidates": [candidate], "modelVersion": self.model}
