"""What goes over each wire: keys, addresses, roles, pictures, settings, and how a call gives way."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from botcafe.llm.anthropic import request_body as anthropic_payload
from botcafe.llm.fake.server import FakeProvider
from botcafe.llm.google import request_body as google_payload
from botcafe.llm.openai.request_body import request_body as openai_body
from botcafe.llm.protocol import ChatMessage, ChatRequest, Endpoint, ImagePart
from botcafe.llm.providers.options import SETTINGS, unsupported_options
from botcafe.llm.wire.alternating_roles import CONTINUE_PROMPT, OPENING_PROMPT
from tests.llm.helpers import KEY, SAID, text_of
from tests.llm.wire_helpers import MESSAGES, call_model, collect_events

PICTURE = ImagePart("image/png", b"\x89PNG\r\n")
IN_BASE64 = base64.b64encode(PICTURE.data).decode()
FULL = ChatRequest(
    "m", MESSAGES, max_tokens=50, temperature=0.5, top_p=0.9, top_k=40, min_p=0.1, frequency_penalty=0.2,
    presence_penalty=0.3, repetition_penalty=1.1, seed=7, stop=("END",),
)  # fmt: skip


def system(text: str) -> ChatMessage:
    return ChatMessage("system", text)


def user(text: str, *images: ImagePart) -> ChatMessage:
    return ChatMessage("user", text, images=images)


def bot(text: str, *images: ImagePart) -> ChatMessage:
    return ChatMessage("assistant", text, images=images)


def anthropic_body(*messages: ChatMessage, **settings: Any) -> dict[str, Any]:
    return anthropic_payload.request_body(ChatRequest("m", messages, **settings))


def google_body(*messages: ChatMessage, **settings: Any) -> dict[str, Any]:
    return google_payload.request_body(ChatRequest(settings.pop("model", "m"), messages, **settings))


@pytest.mark.asyncio
async def test_anthropic_gets_its_request_body(fake: FakeProvider, endpoint: Endpoint) -> None:
    await collect_events("anthropic", endpoint, replace(FULL, model="ok", max_tokens=None))
    seen = fake.requests[0]
    assert seen.path == "/v1/messages"
    assert (seen.headers["x-api-key"], seen.headers["anthropic-version"]) == (KEY, "2023-06-01")
    assert "authorization" not in seen.headers
    assert seen.body == {
        "model": "ok",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello there"}]}],
        "system": "Be kind.",
        "stream": True,
        "max_tokens": 4096,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "stop_sequences": ["END"],
    }


@pytest.mark.asyncio
async def test_google_gets_its_request_body(fake: FakeProvider, endpoint: Endpoint) -> None:
    await collect_events("google", endpoint, replace(FULL, model="models/ok"))
    seen = fake.requests[0]
    assert (seen.path, seen.query) == ("/v1/models/ok:streamGenerateContent", {"alt": "sse"})
    assert seen.headers["x-goog-api-key"] == KEY
    assert "authorization" not in seen.headers
    assert seen.body == {
        "contents": [{"role": "user", "parts": [{"text": "Hello there"}]}],
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "generationConfig": {
            "maxOutputTokens": 50,
            "stopSequences": ["END"],
            "temperature": 0.5,
            "topP": 0.9,
            "topK": 40,
            "frequencyPenalty": 0.2,
            "presencePenalty": 0.3,
            "seed": 7,
        },
    }


@pytest.mark.parametrize("model", ["../../secret", "a/b?key=1", "x#y", ".."])
def test_a_model_name_cannot_change_googles_path(model: str) -> None:
    path = google_payload.request_path(model)
    assert path.startswith("models/")
    assert path.count("/") == 1
    assert path.endswith(":streamGenerateContent?alt=sse")
    assert path.count("?") == 1
    assert "#" not in path


def test_pictures_go_over_each_wire() -> None:
    message = user("What is this?", PICTURE)
    parts = openai_body(ChatRequest("m", (message,)))["messages"][0]["content"]
    assert parts == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IN_BASE64}"}},
    ]
    assert anthropic_body(message)["messages"][0]["content"][1] == {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": IN_BASE64},
    }
    assert google_body(message)["contents"][0]["parts"][1] == {
        "inlineData": {"mimeType": "image/png", "data": IN_BASE64}
    }


def test_a_picture_of_the_bot_is_shown_by_the_user() -> None:
    messages = (user("Draw"), bot("Here", PICTURE), user("Thanks"))
    roles = [each["role"] for each in openai_body(ChatRequest("m", messages))["messages"]]
    assert roles == ["user", "assistant", "user", "user"]
    turns = anthropic_body(*messages)["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert [part["type"] for part in turns[2]["content"]] == ["image", "text"]


def test_pictures_are_not_printed() -> None:
    assert "PNG" not in repr(PICTURE)


def test_messages_of_one_role_are_merged_and_the_user_comes_first() -> None:
    messages = (system("a"), system("b"), bot("Hi"), bot("there"), user(""), user("x"), system("late"), user("y"))
    body = anthropic_body(*messages)
    assert body["system"] == "a\n\nb"
    said = [(turn["role"], [part["text"] for part in turn["content"]]) for turn in body["messages"]]
    assert said == [("user", [OPENING_PROMPT]), ("assistant", ["Hi", "there"]), ("user", ["x", "late", "y"])]
    contents = google_body(*messages)["contents"]
    assert [turn["role"] for turn in contents] == ["user", "model", "user"]


def test_a_request_without_text_gets_an_opening_message() -> None:
    assert anthropic_body()["messages"] == [{"role": "user", "content": [{"type": "text", "text": OPENING_PROMPT}]}]
    assert "system" not in anthropic_body(system("  "))
    assert google_body(system("s"))["contents"] == [{"role": "user", "parts": [{"text": OPENING_PROMPT}]}]


def test_a_prefill_loses_trailing_white_space() -> None:
    assert anthropic_body(user("a"), bot("Once upon \n"))["messages"][-1]["content"][-1]["text"] == "Once upon"


@pytest.mark.parametrize(
    ("provider", "missing"),
    [
        ("openai", ("top_k", "min_p", "repetition_penalty")),
        ("anthropic", ("min_p", "frequency_penalty", "presence_penalty", "repetition_penalty", "seed")),
        ("google", ("min_p", "repetition_penalty")),
        ("groq", ("top_k", "min_p", "frequency_penalty", "presence_penalty", "repetition_penalty")),
        ("openrouter", ()),
        ("custom", ()),
        ("somebody", ()),
    ],
)
def test_unsupported_settings_are_named_and_not_sent(provider: str, missing: tuple[str, ...]) -> None:
    assert unsupported_options(provider, FULL).settings == missing
    if provider not in ("anthropic", "google"):
        sent = openai_body(FULL, provider=provider).keys() & set(SETTINGS)
        assert sent == {name for name in SETTINGS if name not in missing and name != "reasoning_effort"}


@pytest.mark.parametrize(
    ("provider", "sent"),
    [("openai", 4), ("groq", 4), ("google", 5), ("deepseek", 16), ("anthropic", 17), ("custom", 17)],
)
def test_stop_texts_beyond_a_providers_limit_are_named_and_not_sent(provider: str, sent: int) -> None:
    stops = tuple(f"stop {number}" for number in range(17))
    request = ChatRequest("m", MESSAGES, stop=stops)
    assert unsupported_options(provider, request).stops == stops[sent:]
    if provider == "anthropic":
        assert anthropic_body(*MESSAGES, stop=stops)["stop_sequences"] == list(stops[:sent])
    elif provider == "google":
        assert google_body(*MESSAGES, stop=stops)["generationConfig"]["stopSequences"] == list(stops[:sent])
    else:
        assert openai_body(request, provider=provider)["stop"] == list(stops[:sent])


def test_a_blank_stop_text_is_named_where_the_provider_takes_none() -> None:
    request = ChatRequest("m", MESSAGES, stop=("\n", "END"))
    assert unsupported_options("anthropic", request).stops == ("\n",)
    assert not unsupported_options("openai", request)


def test_sampling_that_thinking_excludes_is_named() -> None:
    request = ChatRequest("m", MESSAGES, temperature=0.5, top_k=3, reasoning_effort="low")
    assert unsupported_options("anthropic", request).settings == ("temperature", "top_k")
    assert unsupported_options("anthropic", replace(request, reasoning_effort="none")).settings == ()
    assert unsupported_options("google", request).settings == ()


def test_extra_that_would_replace_the_conversation_is_named() -> None:
    request = ChatRequest("m", MESSAGES, extra={"messages": [], "user": "u"})
    assert unsupported_options("custom", request).as_json() == {"extra": ["messages"]}
    assert unsupported_options("custom", replace(request, extra={"user": "u"})).as_json() == {}


def test_settings_that_are_not_set_are_not_named() -> None:
    assert not unsupported_options("anthropic", ChatRequest("m", MESSAGES))


def test_a_setting_has_the_name_that_its_provider_gives_it() -> None:
    body = openai_body(FULL, provider="mistral")
    assert (body["random_seed"], "seed" in body) == (7, False)
    assert openai_body(FULL)["repeat_penalty"] == openai_body(FULL)["repetition_penalty"] == 1.1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("provider", "model", "names", "calls"),
    [
        ("custom", "without:min_p,top_k,seed", ("top_k", "min_p", "seed"), 4),
        ("anthropic", "without:temperature", ("temperature",), 2),
        ("google", "without:topK,seed", ("top_k", "seed"), 3),
    ],
)
async def test_refused_options_are_dropped_remembered_and_named(
    fake: FakeProvider, endpoint: Endpoint, provider: str, model: str, names: tuple[str, ...], calls: int
) -> None:
    request = replace(FULL, model=model)
    known = unsupported_options(provider, request).settings
    events, error = await collect_events(provider, endpoint, request)
    assert (text_of(events), error) == (SAID, None)
    assert len(fake.requests) == calls
    await collect_events(provider, endpoint, request)
    assert len(fake.requests) == calls + 1
    assert set(unsupported_options(provider, request, endpoint.base_url).settings) == {*names, *known}


@pytest.mark.asyncio
async def test_an_unexplained_refusal_is_not_retried(fake: FakeProvider, endpoint: Endpoint) -> None:
    _, error = await call_model("custom", endpoint, "400")
    assert error is not None
    assert len(fake.requests) == 1


@pytest.mark.asyncio
async def test_a_model_without_prefill_gets_a_continue_message(fake: FakeProvider, endpoint: Endpoint) -> None:
    request = ChatRequest("no-prefill", (user("Tell"), bot("Once upon")))
    events, error = await collect_events("anthropic", endpoint, request)
    assert (text_of(events), error) == (SAID, None)
    assert fake.requests[-1].body["messages"][-1] == {
        "role": "user",
        "content": [{"type": "text", "text": CONTINUE_PROMPT}],
    }


def test_reasoning_effort_becomes_each_wires_thinking_option() -> None:
    body = anthropic_body(user("a"), max_tokens=500, temperature=0.7, top_k=3, reasoning_effort="low")
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2048}
    assert body["max_tokens"] == 2548
    assert not {"temperature", "top_k"} & body.keys()
    assert "thinking" not in anthropic_body(user("a"), reasoning_effort="none")
    config = google_body(user("a"), model="gemini-2.5-flash", reasoning_effort="high")["generationConfig"]
    assert config["thinkingConfig"] == {"includeThoughts": True, "thinkingBudget": 24576}
    config = google_body(user("a"), model="gemini-3-pro", reasoning_effort="low")["generationConfig"]
    assert config["thinkingConfig"] == {"includeThoughts": True, "thinkingLevel": "low"}
    assert openai_body(ChatRequest("m", (), reasoning_effort="low"), provider="openai")["reasoning_effort"] == "low"


@pytest.mark.asyncio
async def test_a_model_with_adaptive_thinking_gets_the_effort(fake: FakeProvider, endpoint: Endpoint) -> None:
    request = ChatRequest("adaptive", MESSAGES, reasoning_effort="medium")
    events, error = await collect_events("anthropic", endpoint, request)
    assert (text_of(events), error) == (SAID, None)
    body = fake.requests[-1].body
    assert (body["thinking"], body["output_config"]) == ({"type": "adaptive"}, {"effort": "medium"})
    assert not unsupported_options("anthropic", request, endpoint.base_url)


def test_extra_joins_the_body_but_cannot_replace_the_conversation() -> None:
    extra = {"messages": [], "contents": [], "system": "x", "systemInstruction": 1, "metadata": {"user_id": "u"}}
    body = anthropic_body(user("a"), extra=extra)
    assert (body["messages"][0]["role"], body["metadata"], "system" in body) == ("user", {"user_id": "u"}, False)
    body = google_body(user("a"), extra={**extra, "generationConfig": {"topK": 3}, "safetySettings": []}, temperature=1)
    assert body["generationConfig"] == {"temperature": 1, "topK": 3}
    assert (body["safetySettings"], len(body["contents"]), "systemInstruction" in body) == ([], 1, False)
