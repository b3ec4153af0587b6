"""Replies in every shape of JSON, and streams cut anywhere, on each wire: events, or errors of ours."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.llm import errors
from botcafe.llm.anthropic.reply_reader import AnthropicReplyReader
from botcafe.llm.fake.wires import FakeAnthropicWire, FakeGoogleWire, FakeOpenAIWire, FakeWire
from botcafe.llm.google.reply_reader import GoogleReplyReader
from botcafe.llm.openai.reply_reader import OpenAIReplyReader
from botcafe.llm.protocol import ChatRequest, StreamEnd, StreamEvent, Usage
from botcafe.llm.wire.reply_reader import ReplyReader
from botcafe.llm.wire.sse import SSEParser
from tests.llm.helpers import chat_request, reasoning_of, text_of

Reader = Callable[[ChatRequest], ReplyReader]
READERS: dict[type[ReplyReader], type[FakeWire]] = {
    OpenAIReplyReader: FakeOpenAIWire,
    AnthropicReplyReader: FakeAnthropicWire,
    GoogleReplyReader: FakeGoogleWire,
}
NAMES = [
    "type", "delta", "text", "thinking", "usage", "message", "content", "content_block", "error", "stop_reason",
    "candidates", "parts", "finishReason", "promptFeedback", "blockReason", "usageMetadata", "choices", "code",
    "input_tokens", "output_tokens", "promptTokenCount", "details", "retryDelay",
]  # fmt: skip
WORDS = st.sampled_from(
    ["message_start", "message_delta", "message_stop", "content_block_delta", "content_block_start", "message", "STOP",
     "SAFETY", "end_turn", "refusal", "7s", "x"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=14,
)


def read(reader: Reader, chunks: list[Any]) -> list[StreamEvent]:
    reply = reader(chat_request("any"))
    return [*(event for chunk in chunks for event in reply.feed(orjson.dumps(chunk))), *reply.finish()]


@pytest.mark.parametrize("reader", READERS)
@settings(derandomize=True, max_examples=120, deadline=None)
@given(chunks=st.lists(JSON, max_size=4))
def test_no_shape_of_json_ends_in_anything_but_events_or_our_errors(reader: Reader, chunks: list[Any]) -> None:
    try:
        assert isinstance(read(reader, chunks)[-1], StreamEnd)
    except errors.ModelError as error:
        assert error.code.startswith("model_")  # noqa: PT017 either outcome is right


def spoken(voice: type[FakeWire]) -> bytes:
    """A reply as a provider sends it, with line ends of all kinds, comments and a character of three bytes."""
    made = voice.__new__(voice)
    made.model, made.body, made.line_end = "ok", {"stream_options": {"include_usage": True}}, b"\n"
    payloads = [
        made.reasoning_event("hm"),
        made.text_event("na"),
        made.text_event("ïve 茶"),
        *made.closing_events("stop", made.usage_counts(3, 4)),
    ]
    ends = [b"\n", b"\r\n", b"\r"]
    rows = [b"event: x" + ends[i % 3] + b"data: " + orjson.dumps(p) + ends[i % 3] * 2 for i, p in enumerate(payloads)]
    return b"\xef\xbb\xbf: hello\n\n" + b": ping\n\n".join(rows)


def received(reader: Reader, chunks: list[bytes]) -> list[StreamEvent]:
    parser, reply = SSEParser(), reader(chat_request("any"))
    found = [event for chunk in chunks for data in parser.feed(chunk) for event in reply.feed(data)]
    return [*found, *(event for data in parser.close() for event in reply.feed(data)), *reply.finish()]


@pytest.mark.parametrize("reader", READERS)
@settings(derandomize=True, max_examples=80, deadline=None)
@given(data=st.data())
def test_a_stream_cut_anywhere_gives_the_same_events(reader: type[ReplyReader], data: st.DataObject) -> None:
    stream = spoken(READERS[reader])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    edges = [0, *cuts, len(stream)]
    events = received(reader, [stream[a:b] for a, b in pairwise(edges)])
    assert (text_of(events), reasoning_of(events)) == ("naïve 茶", "hm")
    assert events[-2:] == [Usage(3, 4, estimated=False), StreamEnd("stop")]


def test_redacted_thinking_and_unknown_events_of_anthropic_are_ignored() -> None:
    chunks = [
        {"type": "message_start", "message": {"usage": {"input_tokens": 3, "cache_read_input_tokens": 4}}},
        {"type": "content_block_start", "content_block": {"type": "redacted_thinking", "data": "c2VhbGVk"}},
        {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": "{"}},
        {"type": "something_new", "text": "x"},
        {"type": "content_block_start", "content_block": {"type": "text", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ]
    events = read(AnthropicReplyReader, chunks)
    assert (text_of(events), reasoning_of(events)) == ("Hi", "")
    assert events[-2] == Usage(7, 2, estimated=False)


def test_google_counts_thinking_as_output_and_takes_the_last_count() -> None:
    parts = {"content": {"parts": [{"text": "hm", "thought": True}, {"text": "Hi"}, {"inlineData": {}}, 7]}}
    chunks = [
        {"candidates": [parts], "usageMetadata": {"promptTokenCount": 3, "thoughtsTokenCount": 1}},
        {"candidates": [{"finishReason": "MAX_TOKENS"}],
         "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 5, "thoughtsTokenCount": 9}},
    ]  # fmt: skip
    events = read(GoogleReplyReader, chunks)
    assert (text_of(events), reasoning_of(events)) == ("Hi", "hm")
    assert events[-2:] == [Usage(3, 14, estimated=False), StreamEnd("length")]


def test_googles_filter_reason_is_in_the_error() -> None:
    with pytest.raises(errors.RefusedError) as caught:
        read(GoogleReplyReader, [{"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "No."}}])
    assert caught.value.detail == "SAFETY: No."


def test_google_may_answer_with_a_list() -> None:
    both = [{"candidates": [{"content": {"parts": [{"text": "a"}]}}]}, {"candidates": [{"finishReason": "STOP"}]}]
    assert text_of(read(GoogleReplyReader, [both])) == "a"
    with pytest.raises(errors.RateLimitError) as caught:
        read(GoogleReplyReader, [[{"error": {"code": 429, "details": [{"retryDelay": "3.5s"}]}}]])
    assert caught.value.retry_after == 3.5
