"""A JSON body is bounded by what it becomes in memory, whichever route reads it."""

import json
from typing import Any

import pytest
from django.test.client import encode_multipart

from tests.people import Cast, bot_data

TOO_MANY: list[dict[str, str]] = [{}] * 260_000


@pytest.mark.parametrize("path", ["/api/bot", "/api/search"])
def test_more_values_than_a_document_has_are_refused_unread(cast: Cast, path: str) -> None:
    before = cast.alice.get("/api/bot/count")
    status, answer = cast.alice.ask("POST", path, {**bot_data(), "query": "tea", "card": TOO_MANY})
    assert status == 413
    assert answer["errors"][0]["message"] == "A JSON body has at most 500,000 brackets, colons and commas."
    assert cast.alice.get("/api/bot/count") == before


def test_completions_and_vectors_have_the_same_bound(cast: Cast) -> None:
    status, made = cast.alice.ask("POST", "/api/account/tokens", {"name": "script"})
    assert status == 201
    assert (
        cast.alice.ask("POST", "/v1/embeddings", {"input": TOO_MANY}, HTTP_AUTHORIZATION=f"Bearer {made['token']}")[0]
        == 413
    )


def test_a_long_text_with_many_commas_is_no_fault(cast: Cast) -> None:
    words = "tea, " * 190_000
    assert cast.alice.make("bot", bot_data(system_prompt=words))["system_prompt"] == words


def as_json(value: Any) -> bytes:
    """Written by a library that goes deeper than ours."""
    return json.dumps(value).encode()


def nested(levels: int) -> Any:
    """A list in a list, so many in all."""
    found: list[Any] = []
    for _ in range(levels - 1):
        found = [found]
    return found


@pytest.mark.parametrize(
    "path",
    ["/api/bot", "/api/search", "/api/users/login", "/api/account/chats", "/api/payload-preferences/x"],
)
@pytest.mark.parametrize("levels", [100, 400, 900])
def test_a_body_that_nests_too_deep_is_refused(cast: Cast, path: str, levels: int) -> None:
    # One level is the body's own.
    before = cast.alice.get("/api/bot/count")
    status, answer = cast.alice.ask("POST", path, as_json({**bot_data(), "name": nested(levels)}))
    assert status == 400, answer
    assert answer["errors"][0]["message"] == "A JSON body nests at most 100 levels."
    assert cast.alice.get("/api/bot/count") == before


def test_a_form_and_completions_have_the_same_depth(cast: Cast) -> None:
    payload = as_json({**bot_data(), "name": nested(900)}).decode()
    body = encode_multipart("edge", {"_payload": payload})
    status, answer = cast.alice.ask("POST", "/api/bot", body, content_type="multipart/form-data; boundary=edge")
    assert (status, answer["errors"][0]["message"]) == (400, "A JSON body nests at most 100 levels.")
    token = cast.alice.ask("POST", "/api/account/tokens", {"name": "script"})[1]["token"]
    data = as_json({"input": nested(900)})
    refused = cast.alice.ask("POST", "/v1/embeddings", data, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert refused[0] == 400
    assert refused[1]["error"]["message"] == "A JSON body nests at most 100 levels."


def test_a_json_field_of_60_levels_is_taken(cast: Cast) -> None:
    assert cast.alice.make("bot", bot_data(card={"extensions": nested(58)}))["id"]
