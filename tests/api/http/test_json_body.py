"""A JSON body is bounded by what it becomes in memory, whichever route reads it."""

import pytest

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
