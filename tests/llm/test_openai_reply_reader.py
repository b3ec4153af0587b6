"""Odd replies, odd errors and odd options of the many servers that speak the OpenAI wire."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.llm import errors
from botcafe.llm.openai.reply_reader import OpenAIReplyReader
from botcafe.llm.openai.request_body import refused_option, request_body
from botcafe.llm.protocol import ChatMessage, ChatRequest, StreamEnd, StreamEvent, Usage
from botcafe.llm.providers.options import RefusedOptions
from botcafe.llm.wire.provider_errors import error_from_object, error_from_status, retry_after_seconds, scrub_secrets
from tests.llm.helpers import KEY, chat_request, reasoning_of, text_of


def read(*chunks: object, done: bool = True) -> list[StreamEvent]:
    reader = OpenAIReplyReader(chat_request("any"))
    rows = [chunk if isinstance(chunk, bytes) else orjson.dumps(chunk) for chunk in chunks]
    found = [event for row in rows + [b"[DONE]"] * done for event in reader.feed(row)]
    return found + list(reader.finish())


def chunk(delta: object, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": delta, "finish_reason": finish}]}


def test_a_finish_without_the_end_mark_is_an_end() -> None:
    assert read(chunk({"content": "a"}, "length"), done=False)[-1] == StreamEnd("length")


def test_an_end_mark_without_a_finish_is_an_end() -> None:
    assert read(chunk({"content": "a"}))[-1] == StreamEnd("stop")


def test_neither_finish_nor_end_mark_is_a_bad_reply() -> None:
    with pytest.raises(errors.BadReplyError, match="ended without a finish"):
        read(chunk({"content": "a"}), done=False)


def test_cumulative_usage_is_reported_once_with_its_last_value() -> None:
    rows = [{**chunk({"content": "a"}), "usage": {"prompt_tokens": 4, "completion_tokens": n}} for n in (1, 2, 3)]
    assert [event for event in read(*rows) if isinstance(event, Usage)] == [Usage(4, 3, False)]


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": True, "completion_tokens": -1}, "much"])
def test_missing_or_impossible_usage_is_estimated(usage: object) -> None:
    assert read({**chunk({"content": "word " * 40}), "usage": usage})[-2] == Usage(14, 50, True)


def test_content_in_parts_is_read_with_its_thinking() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "yes"}, 7]
    events = read(chunk({"content": parts}))
    assert (text_of(events), reasoning_of(events)) == ("yes", "hm")


def test_reasoning_under_two_names_is_read_once() -> None:
    assert reasoning_of(read(chunk({"reasoning": "hm", "reasoning_content": "hm"}))) == "hm"


def test_broken_characters_become_replacement_characters() -> None:
    events = read(b'{"choices":[{"delta":{"content":"a\\ud83d b"}}]}', b'{"choices":[{"delta":{"content":"\xff"}}]}')
    assert text_of(events) == "a\ufffd b\ufffd"


def test_a_filter_that_let_nothing_through_is_a_refusal_and_after_text_an_end() -> None:
    with pytest.raises(errors.RefusedError):
        read(chunk({}, "content_filter"))
    assert read(chunk({"content": "a"}, "content_filter"))[-1] == StreamEnd("content_filter")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "content", "usage", "error", "code", "message", "text", "finish_reason"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(JSON | st.builds(lambda inner: chunk(inner), JSON), max_size=4))
def test_no_shape_of_json_ends_in_anything_but_events_or_our_errors(chunks: list[object]) -> None:
    try:
        assert isinstance(read(*chunks)[-1], StreamEnd)
    except errors.ModelError as error:
        assert error.code.startswith("model_")  # noqa: PT017 either outcome is right


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"error": {"message": "maximum context length is 8192", "code": None}}, errors.PromptTooLongError),
        (400, {"error": {"code": "context_length_exceeded"}}, errors.PromptTooLongError),
        (400, {"error": {"code": "content_filter", "message": "x"}}, errors.RefusedError),
        (403, {"error": {"message": "Your input was flagged", "code": 403}}, errors.RefusedError),
        (429, {"error": {"code": "insufficient_quota"}}, errors.NoCreditError),
        (429, "slow down", errors.RateLimitError),
        (400, {"detail": [{"loc": ["body"], "msg": "bad"}]}, errors.ProviderError),
        (502, "<html>", errors.ProviderError),
    ],
)
def test_an_error_answer_is_classified_by_status_and_text(
    status: int, error: object, kind: type[errors.ModelError]
) -> None:
    assert type(error_from_status(status, error, {})) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"error": {"message": "m", "code": 429}}, errors.RateLimitError),
        ({"error": {"message": "m", "type": "authentication_error"}}, errors.AuthError),
        ({"error": "out of memory"}, errors.ProviderError),
        ({"object": "error", "message": "m", "code": 400}, errors.ProviderError),
    ],
)
def test_an_error_in_the_stream_is_classified_alike(error: object, kind: type[errors.ModelError]) -> None:
    assert type(error_from_object(error)) is kind


def test_provider_messages_are_scrubbed_of_keys_and_clipped() -> None:
    text = scrub_secrets(f"Wrong {KEY}\nand sk-proj-another***key1 and my-own-secret " + "x" * 999, ["my-own-secret"])
    assert text.startswith("Wrong **** and **** and **** x")
    assert len(text) == 300


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "12"}, 12),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": "Sat, 22 Nov 2025 12:00:30 GMT"}, 30),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "nan"}, 0),
        ({"Retry-After": "inf"}, 86_400),
        ({"Retry-After": "soon"}, None),
    ],
)
def test_the_time_to_wait_is_read_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, datetime(2025, 11, 22, 12, tzinfo=UTC)) == seconds


def test_extra_options_join_the_body_but_not_its_reserved_keys() -> None:
    extra = {"seed": 1, "model": "other", "messages": [], "stream": False, "temperature": None}
    body = request_body(ChatRequest("m", (ChatMessage("user", "hi", "Ada"),), temperature=0.5, extra=extra))
    assert (body["model"], body["stream"], body["seed"]) == ("m", True, 1)
    assert body["messages"] == [{"role": "user", "content": "hi", "name": "Ada"}]
    assert "temperature" not in body


def test_a_name_that_the_wire_does_not_take_is_left_out() -> None:
    body = request_body(ChatRequest("m", (ChatMessage("user", "hi", "Ada L."),)))
    assert "name" not in body["messages"][0]


@pytest.mark.parametrize(
    ("message", "option"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("Unsupported value: 'temperature' does not support 0.5", "temperature"),
        ("bad stream_options", "stream_options"),
        ("max_tokens must be below 4096", None),
        ("temperature must be at most 2", None),
        ("something else", None),
    ],
)
def test_only_an_unsupported_option_is_dropped(message: str, option: str | None) -> None:
    body = request_body(ChatRequest("m", (), max_tokens=5, temperature=0.5))
    assert refused_option(400, {"error": {"message": message}}, body) == option
    assert refused_option(500, {"error": {"message": message}}, body) is None


def test_a_refused_option_is_replaced_or_dropped_from_then_on() -> None:
    refused = RefusedOptions()
    refused.add("https://a.example", "m", "max_tokens")
    refused.add("https://a.example", "m", "temperature")
    request = ChatRequest("m", (), max_tokens=5, temperature=0.5)
    body = request_body(request, refused.names_for("https://a.example", "m"))
    assert body["max_completion_tokens"] == 5
    assert not {"max_tokens", "temperature"} & set(body)
    assert refused.names_for("https://b.example", "m") == frozenset()
    for number in range(2000):
        refused.add("https://b.example", str(number), "stop")
    assert refused.names_for("https://a.example", "m") == frozenset()
