"""The OpenAI wire against a real server on loopback."""

import asyncio
import time

import pytest

from botcafe.kit.secrets import SecretText
from botcafe.llm import errors
from botcafe.llm.backends import list_models
from botcafe.llm.fake.server import FakeProvider
from botcafe.llm.openai.backend import OpenAIBackend
from botcafe.llm.protocol import Deadlines, Endpoint, RealCallError, StreamEnd, TextDelta, Usage
from botcafe.llm.wire import transport
from tests.llm.helpers import KEY, QUICK, SAID, chat_request, events_of, events_until_error, reasoning_of, text_of

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("model", ["ok", "late-usage", "crlf", "keepalive", "plain-json", "reasoning", "think-tags"])
async def test_a_reply_arrives_whole_with_one_usage_and_one_end(endpoint: Endpoint, model: str) -> None:
    events = await events_of(endpoint, model)
    assert text_of(events) == SAID
    assert events[-2:] == [Usage(11, 6, estimated=False), StreamEnd("stop")]
    assert sum(isinstance(event, Usage | StreamEnd) for event in events) == 2


async def test_a_character_that_the_network_cut_arrives_whole(endpoint: Endpoint) -> None:
    assert text_of(await events_of(endpoint, "split-utf8")) == "naïve 茶 ☕"


@pytest.mark.parametrize("model", ["reasoning", "think-tags"])
async def test_reasoning_is_separated_from_the_reply(endpoint: Endpoint, model: str) -> None:
    assert reasoning_of(await events_of(endpoint, model)) == "Guests first."


async def test_the_request_carries_key_settings_and_asks_for_usage(fake: FakeProvider, endpoint: Endpoint) -> None:
    await events_of(endpoint, "ok")
    seen = fake.requests[0]
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.body["messages"][1] == {"role": "user", "content": "Hello there"}
    assert seen.body["stream_options"] == {"include_usage": True}
    assert seen.body["max_tokens"] == 50
    assert "temperature" not in seen.body
    assert "cookie" not in seen.headers


async def test_a_server_that_refuses_stream_options_is_asked_again_without_and_remembered(
    fake: FakeProvider, endpoint: Endpoint
) -> None:
    first = await events_of(endpoint, "no-stream-options")
    await events_of(endpoint, "no-stream-options")
    assert text_of(first) == SAID
    assert isinstance(first[-2], Usage)
    assert first[-2].estimated
    assert ["stream_options" in seen.body for seen in fake.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("model", "kind", "retryable"),
    [
        ("401", errors.AuthError, False),
        ("402", errors.NoCreditError, False),
        ("403", errors.AuthError, False),
        ("404", errors.UnknownModelError, False),
        ("429", errors.RateLimitError, True),
        ("418", errors.ProviderError, False),
        ("500", errors.ProviderError, True),
        ("503", errors.ProviderError, True),
        ("redirect", errors.BadReplyError, False),
        ("html", errors.BadReplyError, False),
        ("refusal", errors.RefusedError, False),
    ],
)
async def test_a_failure_has_its_error_class_and_never_shows_the_key(
    endpoint: Endpoint, model: str, kind: type[errors.ModelError], retryable: bool
) -> None:
    with pytest.raises(errors.ModelError) as caught:
        await events_of(endpoint, model)
    assert type(caught.value) is kind
    assert caught.value.retryable is retryable
    assert KEY not in f"{caught.value} {caught.value!r} {caught.value.detail} {vars(caught.value)}"
    assert caught.value.detail == "" or "****" in caught.value.detail or model == "refusal"


async def test_a_rate_limit_says_how_long_to_wait(endpoint: Endpoint) -> None:
    with pytest.raises(errors.RateLimitError) as caught:
        await events_of(endpoint, "429")
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("model", "kind", "words", "given"),
    [
        ("error-midstream", errors.ProviderError, "too much to do", "Good evening,"),
        ("close-early", errors.BadReplyError, "ended without a finish", "Good evening, the"),
        ("cut", errors.BadReplyError, "broke off", "Good evening, the"),
        ("huge-line", errors.BadReplyError, "far too long", "Good"),
        ("hang-midstream", errors.IdleTimeoutError, "0.15 seconds", "Good evening,"),
    ],
)
async def test_text_before_a_failure_in_mid_reply_is_delivered(
    endpoint: Endpoint, model: str, kind: type[errors.ModelError], words: str, given: str
) -> None:
    patience = QUICK if model == "hang-midstream" else Deadlines()
    events, error = await events_until_error(endpoint, model, patience)
    assert type(error) is kind
    assert words in str(error)
    assert text_of(events) == given


@pytest.mark.parametrize("model", ["hang", "slow:30"])
async def test_a_server_that_never_answers_times_out(fake: FakeProvider, endpoint: Endpoint, model: str) -> None:
    begun = time.monotonic()
    with pytest.raises(errors.FirstTokenTimeoutError):
        await events_of(endpoint, model, QUICK)
    assert time.monotonic() - begun < 5
    await _until_closed(fake)


async def test_an_endless_reply_hits_the_total_deadline(endpoint: Endpoint) -> None:
    with pytest.raises(errors.TotalTimeoutError):
        await events_of(endpoint, "tokens:1000:60", Deadlines(total_s=0.15))


async def test_a_slow_consumer_does_not_cause_an_idle_timeout(endpoint: Endpoint) -> None:
    seen = 0
    async for _ in OpenAIBackend(endpoint, Deadlines(idle_s=0.05)).stream(chat_request("tokens:3:0.01")):
        await asyncio.sleep(0.06)
        seen += 1
    assert seen == 5


async def _until_closed(fake: FakeProvider) -> None:
    async with asyncio.timeout(1):
        while fake.open_sockets:
            await asyncio.sleep(0.002)


async def test_closing_a_stream_early_closes_the_socket_upstream(fake: FakeProvider, endpoint: Endpoint) -> None:
    stream = OpenAIBackend(endpoint).stream(chat_request("tokens:1000:60"))
    assert await anext(stream) == TextDelta(" t0")
    assert fake.open_sockets == 1
    await stream.aclose()
    await _until_closed(fake)


async def test_a_stream_that_is_merely_dropped_closes_the_socket_upstream(
    fake: FakeProvider, endpoint: Endpoint
) -> None:
    async for _ in OpenAIBackend(endpoint).stream(chat_request("tokens:1000:60")):
        break
    await _until_closed(fake)


@pytest.mark.parametrize("model", ["hang", "hang-midstream", "tokens:1000:60"])
async def test_cancelling_the_task_closes_the_socket_upstream(
    fake: FakeProvider, endpoint: Endpoint, model: str
) -> None:
    task = asyncio.create_task(events_of(endpoint, model))
    while not fake.requests:
        await asyncio.sleep(0.002)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _until_closed(fake)


async def test_a_finished_stream_leaves_its_connection_for_the_next(fake: FakeProvider, endpoint: Endpoint) -> None:
    for _ in range(3):
        await events_of(endpoint, "ok")
    assert fake.open_sockets == 1


async def test_a_connection_that_went_stale_in_the_pool_is_replaced(fake: FakeProvider, endpoint: Endpoint) -> None:
    assert [text_of(await events_of(endpoint, "stale")) for _ in range(2)] == [SAID, SAID]
    assert len(fake.requests) == 3


async def test_two_hundred_streams_run_side_by_side(fake: FakeProvider, endpoint: Endpoint) -> None:
    replies = await asyncio.gather(*(events_of(endpoint, "tokens:5:0.1") for _ in range(200)))
    assert {text_of(events) for events in replies} == {" t0 t1 t2 t3 t4"}
    assert len(fake.requests) == 200


async def test_a_private_address_that_is_not_allowed_is_refused_before_connecting(fake: FakeProvider) -> None:
    with pytest.raises(errors.AddressRefusedError, match="BOTCAFE_PRIVATE_ENDPOINTS"):
        await events_of(Endpoint(fake.base_url, SecretText(KEY)), "ok")
    assert fake.requests == []


async def test_a_port_where_nobody_listens_is_a_failed_connection(fake: FakeProvider) -> None:
    closed = Endpoint("http://127.0.0.1:9/v1", SecretText(KEY), private_endpoints=frozenset({"127.0.0.1:9"}))
    with pytest.raises(errors.ConnectionFailedError) as caught:
        await events_of(closed, "ok")
    assert caught.value.retryable


async def test_a_real_call_is_refused_while_tests_run() -> None:
    with pytest.raises(RealCallError, match="loopback"):
        await events_of(Endpoint("https://api.openai.com/v1", SecretText(KEY)), "ok")


@pytest.mark.parametrize("key", ["sk-with\nnewline", "sk-with\x00zero", "schlüssel"])
async def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(fake: FakeProvider, key: str) -> None:
    with pytest.raises(errors.AuthError) as caught:
        await events_of(Endpoint(fake.base_url, SecretText(key), private_endpoints=fake.allowed), "ok")
    assert key not in str(caught.value)
    assert fake.requests == []


async def test_extra_headers_are_sent_but_cannot_redirect_the_call(fake: FakeProvider) -> None:
    headers = {"X-Title": "BotCafe", "Host": "elsewhere.example"}
    await events_of(Endpoint(fake.base_url, SecretText(""), headers, fake.allowed), "ok")
    seen = fake.requests[0].headers
    assert (seen["x-title"], seen["host"]) == ("BotCafe", f"127.0.0.1:{fake.port}")
    assert "authorization" not in seen
    with pytest.raises(errors.ConnectionFailedError, match="header"):
        await events_of(Endpoint(fake.base_url, SecretText(""), {"X": "a\r\nY: b"}, fake.allowed), "ok")


async def test_neither_the_environment_nor_its_proxies_are_used(
    fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-process")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    await events_of(Endpoint(fake.base_url, private_endpoints=fake.allowed), "ok")
    assert "authorization" not in fake.requests[0].headers


async def test_a_loop_has_one_session_for_each_allow_list(fake: FakeProvider) -> None:
    first = transport.session_for(fake.allowed)
    assert transport.session_for(fake.allowed) is first
    assert transport.session_for(frozenset()) is not first
    assert first.connector is not None
    assert first.connector.limit >= 2000


async def test_models_are_listed_and_a_wrong_address_is_reported(endpoint: Endpoint, fake: FakeProvider) -> None:
    assert [each.id for each in await list_models("custom", endpoint)] == [
        "ok",
        "reasoning",
        "think-tags",
        "tokens:20:1",
    ]
    wrong = Endpoint(fake.base_url + "/nowhere", SecretText(KEY), private_endpoints=fake.allowed)
    with pytest.raises(errors.UnknownModelError):
        await list_models("custom", wrong)
