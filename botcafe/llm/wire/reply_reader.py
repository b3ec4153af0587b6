"""Reading a streamed reply on any wire: deltas at once, usage and end held back until the stream is over."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

import orjson

from botcafe.kit.json_types import JsonObject, JsonValue
from botcafe.llm.errors import BadReplyError, RefusedError
from botcafe.llm.protocol import ChatRequest, ReasoningDelta, StreamEnd, StreamEvent, TextDelta, Usage
from botcafe.llm.tokens import estimate_message_tokens, estimate_tokens
from botcafe.llm.wire.json_depth import refuse_deep_json
from botcafe.llm.wire.provider_errors import error_from_object, scrub_secrets
from botcafe.llm.wire.think_tags import ThinkSplitter

# No context window is as large as this: a higher count is a bug of the provider and would be billed.
MAX_REPORTED_TOKENS = 20_000_000
NUL = "\x00"
MAX_FINISH_REASON = 60
MAX_USAGE_NAMES = 200


class ReplyReader(ABC):
    """Turns the provider's chunks into stream events. Subclasses implement `_read_chunk` and `_token_counts`."""

    def __init__(self, request: ChatRequest, secrets: Iterable[str] = ()) -> None:
        self._request = request
        self._secrets = tuple(secrets)
        self._splitter = ThinkSplitter()
        self._usage: JsonObject = {}
        self._finish: str | None = None
        self._is_refused = False
        self._refusal = ""
        self._has_text = False
        self._written: list[str] = []
        self.is_done = False

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Deltas in the data of one server-sent event; blank data is a keep-alive and gives none.

        Raises BadReplyError, or the ModelError that an error object stands for.
        """
        if data.strip():
            yield from self.feed_parsed(parse_json(data))

    def feed_parsed(self, chunk: object) -> Iterator[StreamEvent]:
        """As `feed`, for decoded data; a list holds several chunks."""
        if isinstance(chunk, list):
            for each in chunk:
                yield from self.feed_parsed(each)
            return
        if not isinstance(chunk, dict):
            raise BadReplyError("holds an event that is no object")
        if chunk.get("error") or chunk.get("object") == "error":
            raise error_from_object(chunk, self._secrets)
        yield from self._read_chunk(chunk)

    def finish(self) -> Iterator[StreamEvent]:
        """The deltas held back, then Usage, then StreamEnd.

        Raises RefusedError, or BadReplyError when the stream ended without a finish reason.
        """
        yield from self._record(self._splitter.close())
        is_filtered = self._finish == "content_filter" and not self._has_text
        if self._is_refused or is_filtered:
            message = RefusedError.message_for_filter if is_filtered else None
            raise RefusedError(message, detail=scrub_secrets(self._refusal, self._secrets))
        if self._finish is None and not self.is_done:
            raise BadReplyError("ended without a finish")
        yield self._final_usage()
        yield StreamEnd((self._finish or "stop").replace(NUL, "")[:MAX_FINISH_REASON])

    @abstractmethod
    def _read_chunk(self, chunk: JsonObject) -> Iterator[StreamEvent]:
        """The deltas of one chunk of this wire; records usage, finish reason and refusal."""

    @abstractmethod
    def _token_counts(self) -> tuple[int | None, int | None]:
        """Input and output tokens as the provider reports them; None where missing or impossible."""

    def _text_events(self, text: object) -> Iterator[StreamEvent]:
        if isinstance(text, str) and text:
            yield from self._record(self._splitter.feed(text.replace(NUL, "")))

    def _reasoning_events(self, text: object) -> Iterator[StreamEvent]:
        if isinstance(text, str) and text:
            yield from self._record([ReasoningDelta(text.replace(NUL, ""))])

    def _record(self, deltas: Iterable[TextDelta | ReasoningDelta]) -> Iterator[StreamEvent]:
        for delta in deltas:
            self._written.append(delta.text)
            self._has_text = self._has_text or isinstance(delta, TextDelta)
            yield delta

    def _merge_usage(self, usage: object) -> None:
        """Later counts replace earlier ones: some wires repeat a running total."""
        if isinstance(usage, dict):
            self._usage.update((name, value) for name, value in usage.items() if value is not None)
        if len(self._usage) > MAX_USAGE_NAMES:
            raise BadReplyError("holds far too many counts", retryable=False)

    def _usage_count(self, name: str) -> int | None:
        return token_count_in(self._usage, name)

    def _final_usage(self) -> Usage:
        read, written = self._token_counts()
        # Without both counts nothing could be billed: estimate from the texts themselves.
        if read is None or written is None:
            return Usage(estimate_message_tokens(self._request.messages), estimate_tokens("".join(self._written)), True)
        return Usage(read, written, False, min(self._reasoning_tokens(), written))

    def _reasoning_tokens(self) -> int:
        """Tokens of reasoning among the output tokens, whether or not the text of it was sent."""
        return 0


def parse_json(data: bytes) -> JsonValue:
    """Decode JSON; broken UTF-8 and lone surrogates become U+FFFD. Raises BadReplyError, also for what nests too deep."""
    try:
        value: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _parse_json_leniently(data)
    refuse_deep_json(data, value)
    return value


def token_count_in(counts: object, name: str) -> int | None:
    """A token count in a provider's object; None for anything that cannot be one."""
    value = counts.get(name) if isinstance(counts, dict) else None
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_REPORTED_TOKENS else None
    )


def _parse_json_leniently(data: bytes) -> JsonValue:
    try:
        text = json.dumps(json.loads(data.decode("utf-8", "replace")), ensure_ascii=False)
        # UTF-16 joins surrogate pairs that were escaped one by one, and replaces those without a partner.
        value: JsonValue = orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        return value
    except (ValueError, RecursionError):
        raise BadReplyError("holds an event that is no JSON") from None
