"""OpenAI's API as programs really use it: nulls, odd routes, browsers, clients that go while a model thinks."""

import http.client
import time
from collections.abc import Iterator
from typing import Any

import openai
import orjson
import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker
from tests.chat.test_models import key
from tests.chat.test_openai import ledger, token_of

TEA: Any = [{"role": "user", "content": "Tea, please"}]


@pytest.fixture
def token(alice: Talker) -> str:
    """An access token of Alice's."""
    return token_of(alice)


@pytest.fixture
def client(alice: Talker, token: str) -> Iterator[openai.OpenAI]:
    """The official client."""
    with openai.OpenAI(base_url=f"{alice.server.base}/v1", api_key=token, max_retries=0) as made:
        yield made


@pytest.fixture
def slug(alice: Talker) -> str:
    """A bot of Alice's."""
    found: str = alice.good("GET", f"/api/bot/{alice.bot('Mocha')}?depth=0")["slug"]
    return found


@pytest.fixture
def answered_by(alice: Talker, fake: FakeProvider) -> Iterator[Any]:
    """Lets a model of the fake provider answer for Alice."""
    number = key(alice, fake, "for programs")
    yield lambda model: alice.good("POST", "/api/account/model", {"key": number, "model": model})
    alice.good("POST", "/api/account/model", {})


def plainly(
    alice: Talker, method: str, path: str, token: str = "", body: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a request."""
    connection = http.client.HTTPConnection("127.0.0.1", alice.server.port, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    connection.request(method, path, None if body is None else orjson.dumps(body), sent)
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("given", "most"),
    [
        ({"max_completion_tokens": None, "max_tokens": 21}, 21),
        ({"max_completion_tokens": 22, "max_tokens": None}, 22),
        ({"max_completion_tokens": 23, "max_tokens": 99}, 23),
    ],
)
def test_a_limit_counts_whatever_its_other_name_holds(
    alice: Talker, token: str, slug: str, answered_by: Any, fake: FakeProvider, given: dict[str, Any], most: int
) -> None:
    answered_by("ok")
    body = {"model": slug, "messages": TEA, **given}
    assert plainly(alice, "POST", "/v1/chat/completions", token, body)[0] == 200
    assert fake.requests[-1].body["max_tokens"] == most


@pytest.mark.parametrize(
    "given",
    [
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"top_p": 1.5},
        {"presence_penalty": 3},
        {"seed": 1e300},
        {"top_k": 1e300},
    ],
)
def test_a_number_out_of_its_range_is_refused_by_name(
    alice: Talker, token: str, slug: str, given: dict[str, Any]
) -> None:
    before = len(ledger(alice))
    status, _, raw = plainly(alice, "POST", "/v1/chat/completions", token, {"model": slug, "messages": TEA, **given})
    assert status == 400
    assert next(iter(given)) in orjson.loads(raw)["error"]["message"]
    assert len(ledger(alice)) == before


@pytest.mark.parametrize("is_stream", [True, False])
def test_who_leaves_while_the_model_thinks_stops_it_and_is_counted_once(
    alice: Talker, token: str, slug: str, answered_by: Any, fake: FakeProvider, is_stream: bool
) -> None:
    answered_by("thoughts:600:60")
    before, asked = len(ledger(alice)), len(fake.requests)
    connection = http.client.HTTPConnection("127.0.0.1", alice.server.port, timeout=20)
    body = orjson.dumps({"model": slug, "messages": TEA, "stream": is_stream})
    connection.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {token}"})
    deadline = time.monotonic() + 20
    while len(fake.requests) == asked and time.monotonic() < deadline:
        time.sleep(0.02)
    assert fake.open_sockets
    connection.close()
    while (fake.open_sockets or len(ledger(alice)) == before) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not fake.open_sockets
    assert len(ledger(alice)) == before + 1


def test_a_provider_that_wants_a_pause_is_429(client: openai.OpenAI, slug: str, answered_by: Any) -> None:
    answered_by("429")
    with pytest.raises(openai.RateLimitError, match="7 seconds"):
        client.chat.completions.create(model=slug, messages=TEA)
    answered_by("too-long")
    with pytest.raises(openai.BadRequestError, match="too long"):
        client.chat.completions.create(model=slug, messages=TEA)


def test_a_model_that_is_no_bot_is_named(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no bot “gpt-4o”"):
        client.chat.completions.create(model="gpt-4o", messages=TEA)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models", 405),
        ("GET", "/v1/embeddings", 405),
        ("POST", "/v1/completions", 404),
        ("POST", "/v1/responses", 404),
        ("GET", "/v1/", 404),
        ("GET", "/v1", 404),
    ],
)
def test_what_is_not_answered_is_refused_in_openais_shape(
    alice: Talker, token: str, method: str, path: str, status: int
) -> None:
    found, headers, raw = plainly(alice, method, path, token)
    assert found == status
    assert headers["content-type"] == "application/json"
    error = orjson.loads(raw)["error"]
    assert "/v1/chat/completions" in error["message"]
    assert (error["type"], error["code"]) == ("invalid_request_error" if status == 405 else "not_found_error", None)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/v1/models/mocha", "/v1/embeddings"])
def test_a_page_in_a_browser_may_ask(alice: Talker, token: str, slug: str, path: str) -> None:
    asked = {"Origin": "https://other.test", "Access_Control_Request_Headers": "authorization,x-stainless-os"}
    status, headers, raw = plainly(alice, "OPTIONS", path, **asked)
    assert (status, raw) == (200, b"")
    assert headers["access-control-allow-origin"] == "*"
    assert "authorization" in headers["access-control-allow-headers"]
    assert "POST" in headers["access-control-allow-methods"]
    body = {"model": slug, "messages": TEA, "stream": True}
    for method, sent in (("POST", body), ("POST", {})):
        answer = plainly(alice, method, "/v1/chat/completions", token, sent)
        assert answer[1]["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer[1]
    assert plainly(alice, "GET", "/v1/models")[1]["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"input": [1, 2, 3]}, "texts themselves"),
        ({"input": [[1, 2], [3]]}, "texts themselves"),
        ({"input": "tea", "dimensions": 5}, "leave it out"),
        ({"input": "tea", "encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_vectors_that_cannot_be_had_are_refused(alice: Talker, token: str, given: dict[str, Any], words: str) -> None:
    status, _, raw = plainly(alice, "POST", "/v1/embeddings", token, given)
    assert status == 400
    assert words in orjson.loads(raw)["error"]["message"]


def test_vectors_in_base64_and_of_the_right_length_are_the_same(client: openai.OpenAI) -> None:
    plain = client.embeddings.create(model="any", input="tea", encoding_format="float").data[0].embedding
    short = client.embeddings.create(model="any", input=["tea"], dimensions=len(plain)).data[0].embedding
    assert [round(x, 6) for x in short] == [round(x, 6) for x in plain]
