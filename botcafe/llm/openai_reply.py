"""A reply in the making on the OpenAI wire: data of events in, our events out."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from botcafe.llm.errors import BadReplyError, RefusedError
from botcafe.llm.openai_errors import error_in_stream, scrubbed
from botcafe.llm.protocol import ChatRequest, End, Event, ReasoningDelta, TextDelta, Usage
from botcafe.llm.think import ThinkSplitter
from botcafe.llm.tokens import estimate_messages, estimate_tokens

DONE = b"[DONE]"


class ReplyReader:
    """Holds what must wait: an unfinished tag, the usage, the reason of the end."""

    def __init__(self, request: ChatRequest, secrets: Iterable[str] = ()) -> None:
        self._request = request
        self._secrets = tuple(secrets)
        self._splitter = ThinkSplitter()
        self._usage: dict[str, Any] | None = None
        self._finish: str | None = None
        self._refusal = ""
        self._written: list[str] = []
        self.is_done = False

    def take(self, data: bytes) -> Iterator[Event]:
        """Deltas in the data of one event. Raises BadReplyError, or the ModelError that an error object stands for."""
        if data == DONE:
            self.is_done = True
            return
        chunk = parsed(data)
        if not isinstance(chunk, dict):
            raise BadReplyError("holds an event that is no object")
        if chunk.get("error") or chunk.get("object") == "error":
            raise error_in_stream(chunk, self._secrets)
        if isinstance(chunk.get("usage"), dict):
            self._usage = chunk["usage"]
        choices = chunk.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            yield from self._choice(choices[0])

    def finish(self) -> Iterator[Event]:
        """What was held back, then Usage, then End. Raises RefusedError, or BadReplyError when no end was announced."""
        yield from self._kept(self._splitter.close())
        if self._finish is None and not self.is_done:
            raise BadReplyError("ended without a finish")
        if self._refusal or (self._finish == "content_filter" and not self._written):
            raise RefusedError(detail=scrubbed(self._refusal, self._secrets))
        yield self._final_usage()
        yield End(self._finish or "stop")

    def _choice(self, choice: dict[str, Any]) -> Iterator[Event]:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            thought = delta.get("reasoning_content") or delta.get("reasoning")
            if isinstance(thought, str) and thought:
                yield from self._kept([ReasoningDelta(thought)])
            content = delta.get("content")
            if isinstance(content, str):
                if content:
                    yield from self._kept(self._splitter.feed(content))
            elif isinstance(content, list):
                yield from self._parts(content)
            if isinstance(delta.get("refusal"), str):
                self._refusal += delta["refusal"]
        if isinstance(choice.get("finish_reason"), str):
            self._finish = choice["finish_reason"]

    def _parts(self, parts: list[Any]) -> Iterator[Event]:
        for part in parts:
            if not isinstance(part, dict):
                continue
            if part.get("type") == "thinking":
                yield from self._kept([ReasoningDelta(text) for text in _texts(part.get("thinking"))])
            else:
                for text in _texts([part]):
                    yield from self._kept(self._splitter.feed(text))

    def _kept(self, deltas: Iterable[TextDelta | ReasoningDelta]) -> Iterator[Event]:
        for delta in deltas:
            self._written.append(delta.text)
            yield delta

    def _final_usage(self) -> Usage:
        read = _count(self._usage, "prompt_tokens")
        written = _count(self._usage, "completion_tokens")
        if read is None or written is None:
            return Usage(estimate_messages(self._request.messages), estimate_tokens("".join(self._written)), True)
        return Usage(read, written, False)


def parsed(data: bytes) -> Any:
    """JSON of any kind; broken UTF-8 and lone surrogates become replacement signs. Raises BadReplyError for no JSON."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _parsed_leniently(data)


def _parsed_leniently(data: bytes) -> Any:
    try:
        text = json.dumps(json.loads(data.decode("utf-8", "replace")), ensure_ascii=False)
        return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        raise BadReplyError("holds an event that is no JSON") from None


def _texts(parts: object) -> list[str]:
    if isinstance(parts, str):
        return [parts]
    found = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return [text for text in found if isinstance(text, str) and text]


def _count(usage: dict[str, Any] | None, name: str) -> int | None:
    value = (usage or {}).get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
