"""A reply in the making, on any wire: what must wait until the end, and how it ends."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from botcafe.llm.errors import BadReplyError, RefusedError
from botcafe.llm.protocol import ChatRequest, ReasoningDelta, StreamEnd, StreamEvent, TextDelta, Usage
from botcafe.llm.tokens import estimate_messages, estimate_tokens
from botcafe.llm.wire.provider_errors import error_in_stream, scrubbed
from botcafe.llm.wire.think_tags import ThinkSplitter

# No window is as large as this; what is told beyond it is a slip of the provider.
MOST_TOKENS_TOLD = 20_000_000
NUL = "\x00"
LONGEST_FINISH = 60


class ReplyReader(ABC):
    """Takes what the provider sends, gives our events, and holds back usage and end. One wire fills in `_read`."""

    def __init__(self, request: ChatRequest, secrets: Iterable[str] = ()) -> None:
        self._request = request
        self._secrets = tuple(secrets)
        self._splitter = ThinkSplitter()
        self._usage: dict[str, Any] = {}
        self._finish: str | None = None
        self._is_refused = False
        self._refusal = ""
        self._has_text = False
        self._written: list[str] = []
        self.is_done = False

    def take(self, data: bytes) -> Iterator[StreamEvent]:
        """Deltas in the data of one event; blank data keeps the line open, and is none.

        Raises BadReplyError, or the ModelError that an error object stands for.
        """
        if data.strip():
            yield from self.take_parsed(parsed(data))

    def take_parsed(self, chunk: object) -> Iterator[StreamEvent]:
        """The same for data that is read already; a list holds several."""
        if isinstance(chunk, list):
            for each in chunk:
                yield from self.take_parsed(each)
            return
        if not isinstance(chunk, dict):
            raise BadReplyError("holds an event that is no object")
        if chunk.get("error") or chunk.get("object") == "error":
            raise error_in_stream(chunk, self._secrets)
        yield from self._read(chunk)

    def finish(self) -> Iterator[StreamEvent]:
        """What was held back, then Usage, then End. Raises RefusedError, or BadReplyError when no end was announced."""
        yield from self._kept(self._splitter.close())
        is_filtered = self._finish == "content_filter" and not self._has_text
        if self._is_refused or is_filtered:
            words = RefusedError.words_for_filter if is_filtered else None
            raise RefusedError(words, detail=scrubbed(self._refusal, self._secrets))
        if self._finish is None and not self.is_done:
            raise BadReplyError("ended without a finish")
        yield self._final_usage()
        yield StreamEnd((self._finish or "stop").replace(NUL, "")[:LONGEST_FINISH])

    @abstractmethod
    def _read(self, chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        """The deltas of one object of the wire; notes usage, finish and refusal."""

    @abstractmethod
    def _counts(self) -> tuple[int | None, int | None]:
        """Tokens read and written, as the provider told; None for what it did not tell or what makes no sense."""

    def _text(self, text: object) -> Iterator[StreamEvent]:
        if isinstance(text, str) and text:
            yield from self._kept(self._splitter.feed(text.replace(NUL, "")))

    def _thought(self, text: object) -> Iterator[StreamEvent]:
        if isinstance(text, str) and text:
            yield from self._kept([ReasoningDelta(text.replace(NUL, ""))])

    def _kept(self, deltas: Iterable[TextDelta | ReasoningDelta]) -> Iterator[StreamEvent]:
        for delta in deltas:
            self._written.append(delta.text)
            self._has_text = self._has_text or isinstance(delta, TextDelta)
            yield delta

    def _note_usage(self, usage: object) -> None:
        """Later counts take the place of earlier ones."""
        if isinstance(usage, dict):
            self._usage.update((name, value) for name, value in usage.items() if value is not None)

    def _count(self, name: str) -> int | None:
        return count_in(self._usage, name)

    def _final_usage(self) -> Usage:
        read, written = self._counts()
        if read is None or written is None:
            return Usage(estimate_messages(self._request.messages), estimate_tokens("".join(self._written)), True)
        return Usage(read, written, False, min(self._thinking(), written))

    def _thinking(self) -> int:
        """Tokens of thinking among those written, which need not have been shown."""
        return 0


def parsed(data: bytes) -> Any:
    """JSON of any kind; broken UTF-8 and lone surrogates become replacement signs. Raises BadReplyError for no JSON."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _parsed_leniently(data)


def count_in(counts: object, name: str) -> int | None:
    """A number of tokens in an object of the provider; None for anything that cannot be one."""
    value = counts.get(name) if isinstance(counts, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS_TOLD else None


def _parsed_leniently(data: bytes) -> Any:
    try:
        text = json.dumps(json.loads(data.decode("utf-8", "replace")), ensure_ascii=False)
        return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        raise BadReplyError("holds an event that is no JSON") from None
