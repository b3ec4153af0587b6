"""A reply grows by the events of its stream, and its end is counted with care."""

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from botcafe.chat.generation import stream
from botcafe.chat.generation.route import RouteStep
from botcafe.chat.generation.stream import (
    MAX_REPLY_CHARACTERS,
    MAX_REPORTED_TOKENS,
    StreamingReply,
    build_outcome,
    describe_error,
    join_continuation,
    plausible_usage,
)
from botcafe.cms.schema.errors import Forbidden
from botcafe.llm.errors import AuthError, NoCreditError, ProviderError, RateLimitError
from botcafe.llm.protocol import ReasoningDelta, StreamEnd, TextDelta, Usage


def reply_of(*events: object, existing_text: str = "") -> StreamingReply:
    reply = StreamingReply(1, text=existing_text, existing_text=existing_text)
    for event in events:
        reply.receive(event)
    return reply


@pytest.mark.parametrize(
    ("existing_text", "more", "joined"),
    [
        ("", "Once", "Once"),
        ("She said.", "Then", " Then"),
        ("She said!", "Then", " Then"),
        ("She said?", "Then", " Then"),
        ("She said…", "Then", " Then"),
        ("“Yes”", "Then", " Then"),
        ('"Yes"', "Then", " Then"),
        ("*nods*", "Then", " Then"),
        ("(yes)", "Then", " Then"),
        ("at 9.", "30", " 30"),
        ("half a wo", "rd", "rd"),
        ("She said", "Then", "Then"),
        ("She said. ", "Then", "Then"),
        ("She said.\n", "Then", "Then"),
        ("She said.", " Then", " Then"),
        ("She said.", "\nThen", "\nThen"),
        ("She said.", "”", "”"),
        ("She said.", "*nods*", "*nods*"),
        ("She said.", "", ""),
        ("Sie sagte.", "Über", " Über"),
        ("a, ", "b", "b"),
        ("a,", "b", "b"),
    ],
)
def test_a_continuation_joins_without_breaking_words_or_sentences(existing_text: str, more: str, joined: str) -> None:
    assert join_continuation(existing_text, more) == joined


def test_pieces_of_text_are_appended_as_they_come() -> None:
    assert reply_of(TextDelta("On"), TextDelta("ce."), TextDelta("Then")).text == "Once.Then"


def test_only_the_first_piece_of_a_continuation_is_joined() -> None:
    reply = reply_of(TextDelta("Then."), TextDelta("End"), existing_text="Once.")
    assert reply.text == "Once. Then.End"


def test_an_empty_piece_is_not_the_first_token() -> None:
    reply = reply_of(TextDelta(""), existing_text="Once.")
    assert reply.first_token is None
    reply.receive(TextDelta("Then"))
    assert reply.text == "Once. Then"
    assert reply.first_token is not None


def test_reasoning_is_kept_apart_from_the_text() -> None:
    reply = reply_of(ReasoningDelta("Hm."), TextDelta("Yes."), ReasoningDelta(" So."))
    assert (reply.text, reply.reasoning, reply.length) == ("Yes.", "Hm. So.", (4, 7))


def test_usage_and_finish_reason_are_kept() -> None:
    reply = reply_of(Usage(5, 6, False), StreamEnd("length"))
    assert (reply.usage, reply.finish_reason) == (Usage(5, 6, False), "length")


def test_thinking_that_was_never_opened_leaves_the_text_at_the_end() -> None:
    reply = reply_of(TextDelta("Let me see.</think>\nHello"), StreamEnd("stop"))
    assert (reply.text, reply.reasoning) == ("Hello", "Let me see.")


def test_thinking_within_a_continuation_leaves_what_stood_before() -> None:
    reply = reply_of(TextDelta("Let me see.</think>\nThen"), StreamEnd("stop"), existing_text="Once.")
    assert (reply.text, reply.reasoning) == ("Once. Then", "Let me see.")


def test_a_text_without_thinking_is_the_same_at_its_end() -> None:
    assert reply_of(TextDelta("I think so."), StreamEnd("stop")).text == "I think so."


def test_a_reply_without_end_is_cut() -> None:
    reply = reply_of(TextDelta("x" * MAX_REPLY_CHARACTERS), TextDelta("more"), ReasoningDelta("y" * 3_000_000))
    assert reply.length == (MAX_REPLY_CHARACTERS, MAX_REPLY_CHARACTERS)


@pytest.mark.parametrize(
    ("state", "is_over"),
    [
        ("queued", False),
        ("streaming", False),
        ("complete", True),
        ("stopped", True),
        ("failed", True),
        ("interrupted", True),
    ],
)
def test_a_reply_is_over_in_every_state_but_two(state: str, is_over: bool) -> None:
    assert StreamingReply(1, state=state).is_over is is_over


def test_a_watcher_is_woken_by_every_piece() -> None:
    async def watch() -> list[bool]:
        reply, woken = StreamingReply(1), []
        for event in (TextDelta("a"), ReasoningDelta("b"), Usage(1, 1, False)):
            before = reply.changed
            reply.receive(event)
            woken.append(before.is_set())
        return woken

    assert asyncio.run(watch()) == [True, True, False]


def test_a_reply_without_a_chat_has_no_row() -> None:
    with pytest.raises(RuntimeError, match="belongs to no chat"):
        _ = StreamingReply(1).generation


@pytest.mark.parametrize(
    ("reported", "is_taken"),
    [
        (Usage(10, 3, False), True),
        (Usage(0, 1, False), True),
        (Usage(10, 60, False), True),
        (Usage(10, 5000, False), False),
        (Usage(10, 5000, False, thinking_tokens=4990), True),
        (Usage(10, 0, False), False),
        (Usage(-1, 3, False), False),
        (Usage(10, -3, False), False),
        (Usage(MAX_REPORTED_TOKENS, 3, False), True),
        (Usage(MAX_REPORTED_TOKENS + 1, 3, False), False),
        (Usage(10, 600_000, False, thinking_tokens=599_999), False),
        (Usage(10, 3, True), False),
    ],
    ids=str,
)
def test_a_reported_usage_is_taken_where_it_can_be_true(reported: Usage, is_taken: bool) -> None:
    usage = plausible_usage(reply_of(TextDelta("Hello there."), reported))
    assert usage.estimated is not is_taken
    assert (usage == reported) is is_taken


@pytest.mark.parametrize("count", [1.5, None, "3"], ids=repr)
def test_a_usage_that_is_no_whole_number_is_replaced_by_an_estimate(count: Any) -> None:
    assert plausible_usage(reply_of(TextDelta("Hello"), Usage(count, 3, False))).estimated


def test_without_a_report_the_own_text_alone_is_estimated() -> None:
    short = plausible_usage(reply_of(TextDelta("then"), existing_text="word " * 1000))
    assert short.estimated
    assert short.output_tokens < 10


def test_reasoning_counts_as_output() -> None:
    spoken = plausible_usage(reply_of(TextDelta("Yes")))
    thought = plausible_usage(reply_of(ReasoningDelta("word " * 200), TextDelta("Yes")))
    assert thought.output_tokens > spoken.output_tokens + 100


def test_a_reply_that_was_never_called_costs_nothing() -> None:
    outcome = build_outcome(reply_of())
    assert (outcome.was_called, outcome.cost_usd, outcome.reservation) == (False, 0.0, None)
    assert outcome.first_token_ms is None


def test_an_outcome_tells_how_the_reply_ended() -> None:
    reply = reply_of(TextDelta("Hi"), StreamEnd("stop"))
    reply.state, reply.error = "failed", "no"
    outcome = build_outcome(reply)
    assert (outcome.state, outcome.text, outcome.finish_reason, outcome.error) == ("failed", "Hi", "stop", "no")
    assert outcome.milliseconds >= (outcome.first_token_ms or 0) >= 0


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ProviderError(500, detail="overloaded"), f"{ProviderError(500)} It says: “overloaded”"),
        (ProviderError(500), str(ProviderError(500))),
        (ProviderError(502, detail="<html>502</html>"), str(ProviderError(502))),
        (AuthError("Refused.", detail="key sk-123", status=401), "Refused."),
        (AuthError("Refused.", detail="region", status=403), "Refused. It says: “region”"),
        (NoCreditError("Empty.", detail="secret"), "Empty."),
        (RateLimitError(detail="secret"), str(RateLimitError())),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_is_told_without_keys_and_pages(error: Any, words: str) -> None:
    assert describe_error(error) == words


def test_a_refusal_of_our_own_is_told_in_its_words() -> None:
    assert describe_error(Forbidden()) == str(Forbidden())


def test_a_reply_that_is_longer_than_any_message_is_cut_and_says_so() -> None:
    half = "x" * (MAX_REPLY_CHARACTERS // 2)
    whole = reply_of(TextDelta(half), TextDelta(half), StreamEnd("stop"))
    assert (build_outcome(whole).finish_reason, build_outcome(whole).error) == ("stop", "")
    cut = build_outcome(reply_of(TextDelta(half), TextDelta(half), TextDelta("y"), StreamEnd("stop")))
    assert cut.text == half + half
    assert cut.finish_reason == "length"
    assert "2,000,000 characters" in cut.error


@pytest.mark.parametrize("kind", [TextDelta, ReasoningDelta])
def test_an_endpoint_that_never_ends_is_read_to_the_longest_reply(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    read: list[int] = []

    class Endless:
        async def stream(self, request: object) -> AsyncGenerator[object]:
            for number in range(100):
                read.append(number)
                yield kind("x" * (MAX_REPLY_CHARACTERS // 10))

    monkeypatch.setattr(stream, "build_chat_request", lambda *_: None)
    reply = reply_of()
    prepared: Any = SimpleNamespace(context=None, reply_tokens=0, prompt=SimpleNamespace(messages=(), tokens=0))
    reply.call = SimpleNamespace(backend=Endless(), reservation=None)  # type: ignore[assignment]
    prepared.steps = [RouteStep("", "")]
    asyncio.run(stream.stream_reply(reply, prepared, None))
    assert read == list(range(11))
    assert reply.state == "complete"
    assert "cut here" in build_outcome(reply).error
