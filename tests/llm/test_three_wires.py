"""Whatever a provider does, on each of the three wires: what comes, what is said of it, and that the socket closes."""

import asyncio
import time

import pytest

from botcafe.kit.secrets import SecretText
from botcafe.llm import errors
from botcafe.llm.backends import backend_for
from botcafe.llm.fake.server import FakeProvider
from botcafe.llm.protocol import Deadlines, Endpoint, RealCallError, StreamEnd, TextDelta, Usage
from tests.llm.helpers import KEY, QUICK, SAID, chat_request, reasoning_of, text_of
from tests.llm.wire_helpers import WIRES, call_model, wait_until_closed

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("provider", WIRES)]

WHOLE = ["ok", "late-usage", "crlf", "keepalive", "plain-json", "reasoning", "think-tags"]
LIES = ["negative", "absurd", "strings", "fractions", "true"]
FAILURES = [
    ("401", errors.AuthError, False, "refused the key"),
    ("403", errors.AuthError, False, "does not let it do this"),
    ("bad-key", errors.AuthError, False, "refused the key"),
    ("402", errors.NoCreditError, False, "no credit"),
    ("no-credit", errors.NoCreditError, False, "no credit"),
    ("404", errors.UnknownModelError, False, "does not know this model"),
    ("no-such-model", errors.UnknownModelError, False, "does not know this model"),
    ("413", errors.PromptTooLongError, False, "too long"),
    ("too-long", errors.PromptTooLongError, False, "too long"),
    ("429", errors.RateLimitError, True, "asked too often"),
    ("400", errors.ProviderError, False, "status 400"),
    ("418", errors.ProviderError, False, "status 418"),
    ("500", errors.ProviderError, True, "fault of its own"),
    ("503", errors.ProviderError, True, "too much to do"),
    ("529", errors.ProviderError, True, "too much to do"),
    ("redirect", errors.BadReplyError, False, "not followed"),
    ("html", errors.BadReplyError, False, "web page"),
    ("filtered", errors.RefusedError, False, "safety filter"),
]
BROKEN = [
    ("error-midstream", errors.ProviderError, "too much to do", "Good evening,"),
    ("close-early", errors.BadReplyError, "ended without a finish", "Good evening, the"),
    ("cut", errors.BadReplyError, "broke off", "Good evening, the"),
    ("no-json", errors.BadReplyError, "no JSON", "Good evening,"),
    ("huge-line", errors.BadReplyError, "far too long", "Good"),
    ("hang-midstream", errors.IdleTimeoutError, "0.15 seconds", "Good evening,"),
]
# The others were ended by the provider, so that their connection may serve again.
STILL_OPEN = ("cut", "huge-line", "hang-midstream")


@pytest.mark.parametrize("model", WHOLE)
async def test_a_reply_arrives_whole_with_one_usage_and_one_end(provider: str, endpoint: Endpoint, model: str) -> None:
    events, error = await call_model(provider, endpoint, model)
    assert error is None
    assert text_of(events) == SAID
    assert events[-2:] == [Usage(11, 6, estimated=False), StreamEnd("stop")]
    assert sum(isinstance(event, Usage | StreamEnd) for event in events) == 2


@pytest.mark.parametrize("model", ["reasoning", "think-tags"])
async def test_reasoning_is_separated(provider: str, endpoint: Endpoint, model: str) -> None:
    events, _ = await call_model(provider, endpoint, model)
    assert reasoning_of(events) == "Guests first."


async def test_a_character_that_the_network_cut_arrives_whole(provider: str, endpoint: Endpoint) -> None:
    events, _ = await call_model(provider, endpoint, "split-utf8")
    assert text_of(events) == "naïve 茶 ☕"


async def test_a_line_of_a_megabyte_arrives(provider: str, endpoint: Endpoint) -> None:
    events, error = await call_model(provider, endpoint, "long-line")
    assert (len(text_of(events)), error) == (1024 * 1024, None)


async def test_missing_usage_is_estimated(provider: str, endpoint: Endpoint) -> None:
    events, _ = await call_model(provider, endpoint, "missing-usage")
    assert events[-2] == Usage(14, 9, estimated=True)


@pytest.mark.parametrize("lie", LIES)
async def test_impossible_usage_is_estimated(provider: str, endpoint: Endpoint, lie: str) -> None:
    events, error = await call_model(provider, endpoint, f"lying-usage:{lie}")
    assert error is None
    assert events[-2] == Usage(14, 9, estimated=True)


async def test_tokens_from_a_cache_are_input(provider: str, endpoint: Endpoint) -> None:
    events, _ = await call_model(provider, endpoint, "cached")
    assert events[-2] == Usage(11, 6, estimated=False)


async def test_a_reply_that_ran_into_its_limit_says_so(provider: str, endpoint: Endpoint) -> None:
    events, _ = await call_model(provider, endpoint, "length")
    assert events[-1] == StreamEnd("length")


async def test_an_empty_reply_is_a_reply(provider: str, endpoint: Endpoint) -> None:
    events, error = await call_model(provider, endpoint, "empty")
    assert (text_of(events), error) == ("", None)
    assert events[-2:] == [Usage(11, 0, estimated=False), StreamEnd("stop")]


async def test_text_before_a_filter_stays(provider: str, endpoint: Endpoint) -> None:
    events, error = await call_model(provider, endpoint, "filtered:late")
    assert (text_of(events), error) == ("Good evening, the", None)
    assert events[-1] == StreamEnd("content_filter")


@pytest.mark.parametrize(("model", "kind", "retryable", "words"), FAILURES)
async def test_a_failure_has_a_helpful_message_and_never_shows_the_key(
    provider: str, endpoint: Endpoint, model: str, kind: type[errors.ModelError], retryable: bool, words: str
) -> None:
    events, error = await call_model(provider, endpoint, model)
    assert events == []
    assert type(error) is kind
    assert words in str(error)
    assert error.retryable is retryable
    assert KEY not in f"{error} {error!r} {error.detail} {vars(error)}"


async def test_a_refusal_raises_an_error(provider: str, endpoint: Endpoint) -> None:
    events, error = await call_model(provider, endpoint, "refusal")
    assert events == []
    assert type(error) is errors.RefusedError
    assert not error.retryable


async def test_a_rate_limit_says_how_long_to_wait(provider: str, endpoint: Endpoint) -> None:
    _, error = await call_model(provider, endpoint, "429")
    assert isinstance(error, errors.RateLimitError)
    assert error.retry_after == 7


@pytest.mark.parametrize(("model", "kind", "words", "given"), BROKEN)
async def test_text_before_a_failure_is_delivered_and_the_socket_closed(
    provider: str,
    fake: FakeProvider,
    endpoint: Endpoint,
    model: str,
    kind: type[errors.ModelError],
    words: str,
    given: str,
) -> None:
    events, error = await call_model(provider, endpoint, model, QUICK if model == "hang-midstream" else None)
    assert type(error) is kind
    assert words in str(error)
    assert text_of(events) == given
    if model in STILL_OPEN:
        await wait_until_closed(fake)


@pytest.mark.parametrize("model", ["hang", "slow:30", "pings"])
async def test_a_provider_that_never_answers_times_out(
    provider: str, fake: FakeProvider, endpoint: Endpoint, model: str
) -> None:
    begun = time.monotonic()
    events, error = await call_model(provider, endpoint, model, QUICK)
    assert (events, type(error)) == ([], errors.FirstTokenTimeoutError)
    assert time.monotonic() - begun < 5
    await wait_until_closed(fake)


async def test_an_endless_reply_hits_the_total_deadline(provider: str, fake: FakeProvider, endpoint: Endpoint) -> None:
    events, error = await call_model(provider, endpoint, "tokens:1000:60", Deadlines(total_s=0.15))
    assert type(error) is errors.TotalTimeoutError
    assert text_of(events).startswith(" t0")
    await wait_until_closed(fake)


async def test_closing_a_stream_early_closes_the_socket(provider: str, fake: FakeProvider, endpoint: Endpoint) -> None:
    stream = backend_for(provider, endpoint).stream(chat_request("tokens:1000:60"))
    assert await anext(stream) == TextDelta(" t0")
    assert fake.open_sockets == 1
    await stream.aclose()
    await wait_until_closed(fake)


async def test_a_stream_that_is_merely_dropped_closes_the_socket(
    provider: str, fake: FakeProvider, endpoint: Endpoint
) -> None:
    async for _ in backend_for(provider, endpoint).stream(chat_request("tokens:1000:60")):
        break
    await wait_until_closed(fake)


@pytest.mark.parametrize("model", ["hang", "hang-midstream", "tokens:1000:60"])
async def test_cancelling_the_task_closes_the_socket(
    provider: str, fake: FakeProvider, endpoint: Endpoint, model: str
) -> None:
    task = asyncio.create_task(call_model(provider, endpoint, model))
    while not fake.requests:
        await asyncio.sleep(0.002)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_until_closed(fake)


async def test_a_finished_stream_leaves_its_connection_for_the_next(
    provider: str, fake: FakeProvider, endpoint: Endpoint
) -> None:
    for _ in range(3):
        await call_model(provider, endpoint, "ok")
    assert fake.open_sockets == 1


async def test_a_connection_that_went_stale_is_replaced(provider: str, fake: FakeProvider, endpoint: Endpoint) -> None:
    assert [text_of((await call_model(provider, endpoint, "stale"))[0]) for _ in range(2)] == [SAID, SAID]
    assert len(fake.requests) == 3


async def test_a_private_address_that_is_not_allowed_is_refused_before_connecting(
    provider: str, fake: FakeProvider
) -> None:
    _, error = await call_model(provider, Endpoint(fake.base_url, SecretText(KEY)), "ok")
    assert isinstance(error, errors.AddressRefusedError)
    assert fake.requests == []


async def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(provider: str, fake: FakeProvider) -> None:
    key = "sk-with\nnewline"
    _, error = await call_model(
        provider, Endpoint(fake.base_url, SecretText(key), private_endpoints=fake.allowed), "ok"
    )
    assert isinstance(error, errors.AuthError)
    assert key not in str(error)
    assert fake.requests == []


async def test_a_real_call_is_refused_while_tests_run(provider: str) -> None:
    with pytest.raises(RealCallError, match="loopback"):
        await call_model(provider, Endpoint("https://api.openai.com/v1", SecretText(KEY)), "ok")


async def test_fifty_streams_run_side_by_side(provider: str, endpoint: Endpoint) -> None:
    replies = await asyncio.gather(*(call_model(provider, endpoint, "tokens:5:0.1") for _ in range(50)))
    assert {text_of(events) for events, _ in replies} == {" t0 t1 t2 t3 t4"}
