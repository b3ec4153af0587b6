"""What servers send that the standard does not know, or that says more than it seems: byte by byte."""

from typing import Any

import orjson
import pytest

from botcafe.llm import errors
from botcafe.llm.openai.request_body import ALTERNATING_ROLES, NO_SYSTEM, refused_order
from botcafe.llm.protocol import ChatMessage, ChatRequest, Deadlines, StreamEnd, Usage
from botcafe.llm.providers.options import REFUSED_OPTIONS
from tests.llm.helpers import chat_request, reasoning_of, text_of
from tests.llm.raw_server import SAID, answer, chunk, event, saying
from tests.llm.wire_helpers import collect_events

QUICK = Deadlines(first_event_s=5, idle_s=5)
WHOLE = orjson.dumps({"choices": [{"message": {"content": "Good evening"}, "finish_reason": "stop"}]})
FULL = "the request exceeds the available context size. try increasing the context size or enable context shift"
SAME = {
    "blank data": answer(b"data: \n\ndata:\n\n" + SAID),
    "a ping in words": answer(b"event: ping\ndata: keepalive\n\n" + SAID),
    "a mark of UTF-8 and blank lines": answer(b"\xef\xbb\xbf\r\n\r\n" + SAID),
    "a space behind the end mark": answer(SAID.replace(b"[DONE]", b"[DONE] ")),
    "events that call themselves JSON": answer(SAID, kind="application/json"),
    "events of no kind": answer(SAID, kind=""),
    "JSON that calls itself events": answer(WHOLE),
    "JSON that calls itself text": answer(b"\n\n" + WHOLE, kind="text/plain"),
    "JSON of no kind": answer(WHOLE, kind=""),
}
FAULTS: dict[str, tuple[bytes, type[errors.ModelError], str]] = {
    "an error object that calls itself events": (
        answer(b'{"error":{"message":"slow down","code":429}}'),
        errors.RateLimitError,
        "",
    ),
    "a page that calls itself events": (answer(b"<!doctype html><p>hello"), errors.BadReplyError, ""),
    "llama.cpp's field of its own": (
        answer(b'error: {"code":400,"message":"' + FULL.encode() + b'"}\n\ndata: [DONE]\n\n'),
        errors.PromptTooLongError,
        "",
    ),
    "an error that only the event's name tells": (
        answer(event(chunk({"content": "Good"})) + b'event: error\ndata: {"message":"busy","code":503}\n\n'),
        errors.ProviderError,
        "Good",
    ),
    "an error in plain words": (answer(b"event: error\ndata: out of memory\n\n"), errors.ProviderError, ""),
    "a finish that is a fault": (
        answer(event(chunk({"content": "Good"})) + event(chunk({"content": ""}, "error")) + event(b"[DONE]")),
        errors.ProviderError,
        "Good",
    ),
    "an error within the choice": (
        answer(event({"choices": [{"delta": {"content": "Good"}, "error": {"code": 502, "message": "gone"}}]})),
        errors.ProviderError,
        "Good",
    ),
    "no room at DeepSeek's": (
        answer(event(chunk({"content": "Good"}, "insufficient_system_resource")) + event(b"[DONE]")),
        errors.ProviderError,
        "Good",
    ),
    "xAI's wrong key": (
        answer(
            b'{"code":"Client specified an invalid argument","error":"Incorrect API key provided: na***ys."}',
            "400 Bad Request",
            "application/json",
        ),
        errors.AuthError,
        "",
    ),
    "xAI's empty account": (
        answer(
            b'{"code":"no permission","error":"Your newly created team does not have any credits yet."}',
            "403 Forbidden",
            "application/json",
        ),
        errors.NoCreditError,
        "",
    ),
}


async def said(what: bytes, request: ChatRequest | None = None) -> tuple[list[Any], errors.ModelError | None]:
    """The events of a call that is answered so, and the error that ended it."""
    async with saying(what) as endpoint:
        return await collect_events("custom", endpoint, request or chat_request("m"), QUICK)


@pytest.mark.asyncio
@pytest.mark.parametrize("what", SAME.values(), ids=SAME)
async def test_every_dialect_gives_the_same_text(what: bytes) -> None:
    events, error = await said(what)
    assert error is None
    assert text_of(events) == "Good evening"
    assert events[-1] == StreamEnd("stop")


@pytest.mark.asyncio
@pytest.mark.parametrize(("what", "kind", "given"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_finish_raises_an_error(what: bytes, kind: type[errors.ModelError], given: str) -> None:
    events, error = await said(what)
    assert type(error) is kind
    assert text_of(events) == given
    assert not [event for event in events if isinstance(event, StreamEnd)]


@pytest.mark.asyncio
async def test_reasoning_that_xai_counts_apart_is_output() -> None:
    usage = {"prompt_tokens": 13, "completion_tokens": 1, "total_tokens": 400}
    usage["completion_tokens_details"] = {"reasoning_tokens": 386}  # type: ignore[assignment]
    events, _ = await said(answer(event(chunk({"content": "Hi"}, "stop", usage=usage)) + event(b"[DONE]")))
    assert events[-2] == Usage(13, 387, False)
    usage["total_tokens"] = 14
    events, _ = await said(answer(event(chunk({"content": "Hi"}, "stop", usage=usage)) + event(b"[DONE]")))
    assert events[-2] == Usage(13, 1, False)


@pytest.mark.asyncio
async def test_usage_in_a_place_of_groqs_own_is_found() -> None:
    groq = {"id": "r", "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    events, _ = await said(answer(event(chunk({"content": "Hi"}, "stop", x_groq=groq))))
    assert events[-2] == Usage(5, 2, False)


@pytest.mark.asyncio
async def test_characters_that_databases_refuse_are_dropped() -> None:
    deltas = {"content": "a\x00b", "reasoning": "c\x00d"}
    events, _ = await said(answer(event(chunk(deltas)) + event(chunk({}, "weird\x00" + "y" * 999))))
    assert (text_of(events), reasoning_of(events)) == ("ab", "cd")
    assert "\x00" not in events[-1].finish_reason
    assert len(events[-1].finish_reason) <= 60


LONG = ChatRequest(
    "strict",
    (
        ChatMessage("system", "Be kind."),
        ChatMessage("assistant", "Good evening."),
        ChatMessage("user", "Tea, please"),
        ChatMessage("system", "It rains."),
        ChatMessage("assistant", "Here is"),
        ChatMessage("system", "Go on."),
    ),
)


def strict(body: dict[str, Any], *, takes_system: bool) -> bytes:
    """A server whose template wants user and assistant in turn, and a system message first or not at all."""
    roles = [message["role"] for message in body["messages"]]
    if "system" in roles and not takes_system:
        return answer(b'{"detail":"System role not supported"}', "400 Bad Request", "application/json")
    turns = roles[1:] if roles[0] == "system" else roles
    if turns != [("user", "assistant")[number % 2] for number in range(len(turns))] or turns[-1] != "user":
        told = b'{"error":{"code":500,"message":"Jinja Exception: System message must be at the beginning."}}'
        return answer(told, "500 Internal Server Error", "application/json")
    return answer(event(chunk({"content": "|".join(m["content"] for m in body["messages"])}, "stop")))


@pytest.mark.asyncio
@pytest.mark.parametrize("takes_system", [True, False])
async def test_a_server_that_demands_alternating_roles_gets_all_text(takes_system: bool) -> None:
    calls: list[dict[str, Any]] = []

    def serve(body: dict[str, Any]) -> bytes:
        calls.append(body)
        return strict(body, takes_system=takes_system)

    async with saying(serve) as endpoint:
        events, error = await collect_events("custom", endpoint, LONG, QUICK)
        assert error is None, error.detail
        for message in LONG.messages:
            assert message.content in text_of(events)
        tried = len(calls)
        await collect_events("custom", endpoint, LONG, QUICK)
        assert len(calls) == tried + 1, "the server is asked in the right way from then on"
        assert REFUSED_OPTIONS.names_for(endpoint.base_url, "strict") <= {ALTERNATING_ROLES, NO_SYSTEM}


@pytest.mark.asyncio
async def test_a_server_that_refuses_whatever_comes_is_asked_twice_at_most() -> None:
    calls = []
    told = b'{"error":{"message":"Conversation roles must alternate user/assistant/user/assistant"}}'

    def serve(body: dict[str, Any]) -> bytes:
        calls.append(body)
        return answer(told, "400 Bad Request", "application/json")

    async with saying(serve) as endpoint:
        _, error = await collect_events("custom", endpoint, LONG, QUICK)
    assert isinstance(error, errors.ProviderError)
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            "Expected last role User or Tool (or Assistant with prefix True) for serving but got system",
            ALTERNATING_ROLES,
        ),
        (
            "deepseek-reasoner does not support successive user or assistant messages. You should interleave",
            ALTERNATING_ROLES,
        ),
        (
            "After the optional system message, conversation roles must alternate user and assistant roles",
            ALTERNATING_ROLES,
        ),
        ("System role not supported", NO_SYSTEM),
        ("max_tokens is too large", None),
        ("User location is not supported for the API use.", None),
    ],
)
def test_only_errors_about_roles_change_the_message_order(words: str, found: str | None) -> None:
    body = {"messages": [{"role": "system", "content": "x"}]}
    assert refused_order(400, {"error": {"message": words}}, body) == found
    assert refused_order(401, {"error": {"message": words}}, body) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "Wait a little"),
        (0, "Wait a little"),
        (1, "in 1 second."),
        (7, "in 7 seconds"),
        (300, "about 5 minutes"),
        (86_400, "24 hours"),
    ],
)
def test_a_rate_limit_says_how_long_in_words(seconds: float | None, words: str) -> None:
    assert words in str(errors.RateLimitError(seconds))


def gemma(body: dict[str, Any]) -> bytes:
    """Google's Gemma: no instructions of the system, and the user last."""
    words = ""
    if "systemInstruction" in body:
        words = "Developer instruction is not enabled for models/gemma"
    elif body["contents"][-1]["role"] == "model":
        words = "Please ensure that multiturn requests end with a user role"
    if words:
        return answer(orjson.dumps({"error": {"code": 400, "message": words}}), "400 Bad Request", "application/json")
    heard = "|".join(part["text"] for turn in body["contents"] for part in turn["parts"])
    return answer(event({"candidates": [{"content": {"parts": [{"text": heard}]}, "finishReason": "STOP"}]}))


@pytest.mark.asyncio
async def test_gemma_gets_the_system_text_in_the_user_message() -> None:
    request = ChatRequest("gemma", LONG.messages[:-1])
    async with saying(gemma) as endpoint:
        events, error = await collect_events("google", endpoint, request, QUICK)
    assert error is None, error.detail
    for message in request.messages:
        assert message.content in text_of(events)


def test_anthropics_temperature_is_clamped_to_its_maximum() -> None:
    from botcafe.llm.anthropic import request_body

    request = ChatRequest("claude", (ChatMessage("user", "Tea"),), temperature=1.4)
    assert request_body.request_body(request)["temperature"] == 1.0
