"""OpenAI's API, tried with the official Python package: a bot is a model."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker


def token_of(talker: Talker, **more: Any) -> str:
    """A new access token."""
    made = talker.good("POST", "/api/account/tokens", {"name": "script", **more})
    token: str = made["token"]
    return token


@pytest.fixture
def client(alice: Talker) -> Iterator[openai.OpenAI]:
    """The official client with a token of Alice's."""
    with openai.OpenAI(base_url=f"{alice.server.base}/v1", api_key=token_of(alice), max_retries=0) as made:
        yield made


@pytest.fixture
def slug(alice: Talker) -> str:
    """A bot of Alice's."""
    number = alice.bot("Mocha", greeting="Good evening, traveller.")
    found: str = alice.good("GET", f"/api/bot/{number}?depth=0")["slug"]
    return found


def ledger(talker: Talker) -> list[dict[str, Any]]:
    """The person's entries."""
    found: list[dict[str, Any]] = talker.good("GET", "/api/tokenLedger?depth=0&limit=1000")["docs"]
    return found


def test_bots_are_models(client: openai.OpenAI, slug: str) -> None:
    assert slug in {model.id for model in client.models.list()}
    assert client.models.retrieve(slug).object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody-here")


def test_a_whole_answer_with_usage_and_one_ledger_entry(client: openai.OpenAI, slug: str, alice: Talker) -> None:
    before = len(ledger(alice))
    answer = client.chat.completions.create(model=slug, messages=[{"role": "user", "content": "Tea, please"}])
    assert "(Rehearsal)" in (answer.choices[0].message.content or "")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert len(ledger(alice)) == before + 1


def test_a_streamed_answer_is_the_same_words(client: openai.OpenAI, slug: str) -> None:
    messages: Any = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Tea"}]},
    ]
    whole = client.chat.completions.create(model=slug, messages=messages)
    chunks = list(
        client.chat.completions.create(
            model=slug, messages=messages, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage is not None
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert {c.id for c in chunks} == {chunks[0].id}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"model": "nobody-here"}, openai.NotFoundError),
        ({"messages": []}, openai.BadRequestError),
        ({"messages": [{"role": "king", "content": "x"}]}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": 5}]}, openai.BadRequestError),
        ({"temperature": "hot"}, openai.BadRequestError),
        ({"max_tokens": 0}, openai.BadRequestError),
        ({"stop": [1]}, openai.BadRequestError),
        ({"n": 3}, openai.BadRequestError),
    ],
)
def test_what_does_not_fit_is_refused_in_openais_shape(
    client: openai.OpenAI, slug: str, alice: Talker, body: dict[str, Any], error: type[openai.APIStatusError]
) -> None:
    before = len(ledger(alice))
    with pytest.raises(error) as refused:
        client.chat.completions.create(**{"model": slug, "messages": [{"role": "user", "content": "x"}], **body})
    assert refused.value.body
    assert len(ledger(alice)) == before


def test_the_bot_of_another_is_not_there(bob: Talker, slug: str) -> None:
    with openai.OpenAI(base_url=f"{bob.server.base}/v1", api_key=token_of(bob), max_retries=0) as theirs:
        assert slug not in {model.id for model in theirs.models.list()}
        with pytest.raises(openai.NotFoundError):
            theirs.chat.completions.create(model=slug, messages=[{"role": "user", "content": "x"}])


@pytest.fixture
def slow_slug(alice: Talker, fake: FakeProvider) -> Iterator[str]:
    """A bot of Alice's that speaks for ten seconds, over an endpoint of her own."""
    number = alice.bot("Slow")
    key = {
        "nickname": "fake",
        "provider": "custom",
        "key": "sk-planted-0002",
        "provider_settings": {"custom_settings": {"api_endpoint": fake.base_url}},
    }
    made = alice.good("POST", "/api/api-key?depth=0", key)["doc"]["id"]
    alice.good("POST", "/api/account/model", {"key": made, "model": "tokens:200:20"})
    yield alice.good("GET", f"/api/bot/{number}?depth=0")["slug"]
    alice.good("POST", "/api/account/model", {})


def until_closed(fake: FakeProvider) -> None:
    """Wait until nobody asks the provider any more."""
    deadline = time.monotonic() + 5
    while fake.open_sockets and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not fake.open_sockets


def test_leaving_a_stream_closes_the_providers_socket(alice: Talker, fake: FakeProvider, slow_slug: str) -> None:
    with openai.OpenAI(base_url=f"{alice.server.base}/v1", api_key=token_of(alice), max_retries=0) as client:
        stream = client.chat.completions.create(
            model=slow_slug, messages=[{"role": "user", "content": "x"}], stream=True
        )
        next(iter(stream))
        assert fake.open_sockets
        stream.close()
    until_closed(fake)


def test_a_stream_ends_with_its_token(alice: Talker, fake: FakeProvider, slow_slug: str) -> None:
    """The provider is left, and what was used is counted."""
    before = len(ledger(alice))
    made = alice.good("POST", "/api/account/tokens", {"name": "lent"})
    with openai.OpenAI(base_url=f"{alice.server.base}/v1", api_key=made["token"], max_retries=0) as client:
        stream = client.chat.completions.create(
            model=slow_slug, messages=[{"role": "user", "content": "x"}], stream=True
        )
        first = next(iter(stream))
        alice.good("DELETE", f"/api/account/tokens/{made['id']}")
        # Cut short, so that no client takes the half for the whole.
        assert [chunk.choices[0].finish_reason for chunk in (first, *stream)][-1] is None
    until_closed(fake)
    assert len(ledger(alice)) == before + 1


def test_a_whole_answer_ends_with_its_token(alice: Talker, fake: FakeProvider, slow_slug: str) -> None:
    made = alice.good("POST", "/api/account/tokens", {"name": "lent"})
    with (
        openai.OpenAI(base_url=f"{alice.server.base}/v1", api_key=made["token"], max_retries=0) as client,
        ThreadPoolExecutor(1) as beside,
    ):
        messages: Any = [{"role": "user", "content": "x"}]
        asked = beside.submit(client.chat.completions.create, model=slow_slug, messages=messages)
        deadline = time.monotonic() + 5
        while not fake.open_sockets and time.monotonic() < deadline:
            time.sleep(0.05)
        alice.good("DELETE", f"/api/account/tokens/{made['id']}")
        with pytest.raises(openai.AuthenticationError, match="was revoked"):
            asked.result()
    until_closed(fake)


def test_embeddings_have_a_length_of_one(client: openai.OpenAI) -> None:
    found = client.embeddings.create(model="any", input=["a cup of tea", "a cup of tea", "rust"])
    vectors = [each.embedding for each in found.data]
    assert len(vectors) == 3
    assert abs(sum(x * x for x in vectors[0]) - 1) < 1e-3
    assert vectors[0] == vectors[1] != vectors[2]
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="any", input=[""])


def test_embeddings_of_more_than_one_request_may_bring_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="at most 64,000 characters at once"):
        client.embeddings.create(model="any", input=["x" * 4000] * 17)
    assert client.embeddings.create(model="any", input=["x" * 4000]).data


def test_tokens_are_shown_once_scoped_expire_and_are_revoked(alice: Talker) -> None:
    made = alice.good("POST", "/api/account/tokens", {"name": "one", "scopes": ["embeddings"]})
    listed = alice.good("GET", "/api/account/tokens")["docs"]
    assert made["token"] not in str(listed)
    assert made["id"] in {each["id"] for each in listed}
    with openai.OpenAI(base_url=f"{alice.server.base}/v1", api_key=made["token"], max_retries=0) as client:
        assert client.embeddings.create(model="any", input="x").data
        with pytest.raises(openai.PermissionDeniedError, match="scope"):
            client.models.list()
        assert alice.ask("DELETE", f"/api/account/tokens/{made['id']}")[0] == 200
        with pytest.raises(openai.AuthenticationError):
            client.embeddings.create(model="any", input="x")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": []},
        {"name": "x", "expires_at": "2001-01-01"},
        {"name": "x", "expires_at": "soon"},
    ],
)
def test_a_token_that_does_not_fit_is_not_made(alice: Talker, body: dict[str, Any]) -> None:
    before = alice.good("GET", "/api/account/tokens")
    assert alice.ask("POST", "/api/account/tokens", body)[0] == 400
    assert alice.good("GET", "/api/account/tokens") == before


def test_a_session_token_opens_no_v1_and_an_access_token_opens_no_api(alice: Talker) -> None:
    client = openai.OpenAI(base_url=f"{alice.server.base}/v1", api_key=alice.token, max_retries=0)
    with client, pytest.raises(openai.AuthenticationError):
        client.models.list()
    status, _ = alice.server.ask("GET", "/api/conversation", token=token_of(alice))
    assert status == 403
