"""The call to a model is made of what the preset holds and of nothing that does not fit."""

from typing import Any

import pytest

from botcafe.areas.companions.turns.model_choice import REHEARSAL
from botcafe.chat.generation.route import (
    MAX_STOP_TEXTS,
    RouteStep,
    build_chat_request,
    read_sampling,
    resolve_route,
    unsupported_by,
)
from botcafe.chat.prompt.builder import MIN_PROMPT_TOKENS, REPLY_TOKENS, WINDOW_TOKENS, token_limits
from botcafe.llm.protocol import ChatMessage, ChatRequest
from tests.chat.prompt.scenes import make_context, make_preset, make_settings

STEP = RouteStep("openai", "gpt-x", 1, "mine")


def request_with(settings: Any, step: RouteStep = STEP) -> ChatRequest:
    context = make_context(preset=make_preset(settings=settings))
    return build_chat_request(context, step, [ChatMessage("user", "Hi")], 300)


@pytest.mark.parametrize(
    ("preset", "sampling"),
    [
        ({}, {}),
        ({"temperature": 1}, {"temperature": 1.0}),
        ({"temperature": 0}, {"temperature": 0.0}),
        ({"temperature": 0.7, "top_p": 0.9}, {"temperature": 0.7, "top_p": 0.9}),
        ({"top_k": 40}, {"top_k": 40}),
        ({"top_k": 40.9}, {"top_k": 40}),
        ({"min_p": 0.05}, {"min_p": 0.05}),
        ({"frequency_penalty": -0.5, "presence_penalty": 0.5}, {"frequency_penalty": -0.5, "presence_penalty": 0.5}),
        ({"repetition_penalty": 1.1}, {"repetition_penalty": 1.1}),
        ({"seed": 7}, {"seed": 7}),
        ({"seed": -1}, {"seed": -1}),
        ({"temperature": "0.7"}, {}),
        ({"temperature": None}, {}),
        ({"temperature": True}, {}),
        ({"temperature": [1]}, {}),
        ({"temperature": float("nan")}, {}),
        ({"temperature": float("inf")}, {}),
        ({"seed": 10**30}, {}),
        ({"seed": -(10**30)}, {}),
        ({"unknown": 1, "model": 2}, {}),
    ],
    ids=str,
)
def test_sampling_values_that_are_numbers_are_taken(preset: dict[str, Any], sampling: dict[str, float]) -> None:
    assert read_sampling(preset) == sampling


def test_whole_numbers_stay_whole() -> None:
    assert type(read_sampling({"seed": 7.0})["seed"]) is int


def test_the_model_of_the_step_is_asked_with_the_messages_and_the_reserve() -> None:
    request = request_with({"temperature": 0.5})
    assert (request.model, request.max_tokens, request.temperature) == ("gpt-x", 300, 0.5)
    assert request.messages == (ChatMessage("user", "Hi"),)


@pytest.mark.parametrize("settings", [None, {}, [], "x", 5], ids=repr)
def test_a_preset_without_settings_leaves_all_to_the_provider(settings: object) -> None:
    request = request_with(settings)
    assert request == ChatRequest("gpt-x", (ChatMessage("user", "Hi"),), 300)


@pytest.mark.parametrize(
    ("stop", "sent"),
    [
        (["a", "b"], ("a", "b")),
        (["a", "", None, "b"], ("a", "b")),
        ([5, "b"], ("5", "b")),
        ("ab", ()),
        (None, ()),
        ([], ()),
        (["\n"], ("\n",)),
        ([str(number) for number in range(1, 31)], tuple(str(number) for number in range(1, MAX_STOP_TEXTS + 1))),
    ],
    ids=str,
)
def test_stop_texts_are_sent_up_to_their_limit(stop: object, sent: tuple[str, ...]) -> None:
    assert request_with({"stop": stop}).stop == sent


@pytest.mark.parametrize(
    ("effort", "sent"),
    [
        ("high", "high"),
        ("none", "none"),
        ("x" * 20, "x" * 20),
        ("x" * 21, None),
        ("", None),
        (5, None),
        (None, None),
        (["low"], None),
    ],
)
def test_a_reasoning_effort_is_a_short_word(effort: object, sent: str | None) -> None:
    assert request_with({"reasoning_effort": effort}).reasoning_effort == sent


@pytest.mark.parametrize(
    ("extra", "sent"),
    [({"a": 1}, {"a": 1}), ({}, {}), (None, {}), ([], {}), ("a", {}), ({"a": {"b": [1]}}, {"a": {"b": [1]}})],
)
def test_the_extra_body_is_an_object(extra: object, sent: dict[str, Any]) -> None:
    assert request_with({"extra": extra}).extra == sent


@pytest.mark.parametrize("choice", [{}, {"key": None}, {"key": 0}, {"key": "", "model": "m"}], ids=str)
def test_without_a_key_the_rehearsal_answers(choice: dict[str, Any]) -> None:
    assert resolve_route(make_context(model_choice=choice)) == [RouteStep(REHEARSAL, REHEARSAL)]


def test_what_a_provider_does_not_take_is_named() -> None:
    context = make_context(preset=make_preset(settings={"top_k": 5, "temperature": 1, "stop": list("abcdef")}))
    assert unsupported_by(context, STEP) == {"settings": ["top_k"], "stops": ["e", "f"]}
    assert unsupported_by(context, RouteStep("custom", "m", 1)) == {}


def test_the_rehearsal_takes_everything() -> None:
    context = make_context(preset=make_preset(settings={"top_k": 5, "extra": {"messages": []}}))
    assert unsupported_by(context, RouteStep(REHEARSAL, REHEARSAL)) == {}


@pytest.mark.parametrize(
    ("chat", "preset", "model_window", "limits"),
    [
        ({}, {}, None, (WINDOW_TOKENS, REPLY_TOKENS)),
        ({}, {}, 128_000, (128_000, REPLY_TOKENS)),
        ({}, {"context_tokens": 4096}, 128_000, (4096, REPLY_TOKENS)),
        ({"window_tokens": 2048}, {"context_tokens": 4096}, 128_000, (2048, REPLY_TOKENS)),
        ({}, {"max_tokens": 500}, None, (WINDOW_TOKENS, 500)),
        ({"reply_tokens": 200}, {"max_tokens": 500}, None, (WINDOW_TOKENS, 200)),
        ({}, {"max_tokens": "500"}, None, (WINDOW_TOKENS, 500)),
        ({}, {"max_tokens": 0, "context_tokens": None}, None, (WINDOW_TOKENS, REPLY_TOKENS)),
        ({"window_tokens": 1000, "reply_tokens": 5000}, {}, None, (1000, 1000 - MIN_PROMPT_TOKENS)),
        ({"window_tokens": 100}, {}, None, (100, 1)),
    ],
    ids=str,
)
def test_limits_are_the_chats_else_the_presets_else_the_models(
    chat: dict[str, Any], preset: dict[str, Any], model_window: int | None, limits: tuple[int, int]
) -> None:
    context = make_context(
        settings=make_settings(**chat), preset=make_preset(settings=preset), model_window_tokens=model_window
    )
    found = token_limits(context)
    assert (found.window, found.reply) == limits
