"""Prices and windows by the list that is shipped, and the estimate of tokens that follows what providers tell."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.llm.protocol import ChatMessage, ImagePart
from botcafe.llm.providers import prices
from botcafe.llm.tokens import estimate_message_tokens, estimate_tokens, update_token_ratio


@pytest.mark.parametrize(
    ("provider", "model", "usd"),
    [
        ("anthropic", "claude-sonnet-4-5", 0.0105),
        ("openai", "gpt-4o", 0.0075),
        ("openai", "GPT-4o", 0.0075),
        ("google", "models/gemini-2.5-flash", 0.00155),
        ("xai", "grok-4", 0.0105),
        ("openrouter", "anthropic/claude-3-haiku", 0.000875),
        ("rehearsal", "rehearsal", 0.0),
    ],
)
def test_a_known_model_has_a_price(provider: str, model: str, usd: float) -> None:
    assert prices.cost_usd(provider, model, 1000, 500) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("custom", "gpt-4o"),
        ("openai", "no-such-model"),
        ("openai", ""),
        ("openai", "x" * 5000),
        ("nobody", "gpt-4o"),
        ("aws", "nova"),
        ("huggingface", "meta-llama/Llama-3.3-70B-Instruct"),
        ("huggingface", "a:nobody"),
    ],
)
def test_an_unknown_price_is_none_and_never_zero(provider: str, model: str) -> None:
    assert prices.cost_usd(provider, model, 1000, 500) is None
    assert prices.context_window(provider, model) is None


def test_context_windows_are_known_for_many_models() -> None:
    assert prices.context_window("anthropic", "claude-sonnet-4-5") == 200_000
    assert prices.context_window("openai", "gpt-4o") == 128_000
    assert prices.context_window("rehearsal", "rehearsal") is None


def test_impossible_token_counts_are_treated_as_zero() -> None:
    assert prices.cost_usd("openai", "gpt-4o", -5, -5) == 0.0


def test_prices_grow_with_the_tokens() -> None:
    few, many = (prices.cost_usd("openai", "gpt-4o", count, count) for count in (1000, 2000))
    assert few is not None
    assert many == pytest.approx(2 * few)


def test_an_estimate_follows_its_ratio() -> None:
    assert estimate_tokens("word " * 100, 2.0) == 2 * estimate_tokens("word " * 100)
    assert estimate_tokens("茶" * 10, 0.5) == 5
    assert estimate_tokens("", 2.0) == 0


def test_pictures_count_as_tokens() -> None:
    assert estimate_message_tokens([ChatMessage("user", "", images=(ImagePart("image/png", b"x"),))]) == 804


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.3, 2.2])
def test_the_token_ratio_adapts_within_a_few_replies(factor: float) -> None:
    ratio = 1.0
    for _ in range(12):
        ratio = update_token_ratio(ratio, round(1000 * ratio), round(1000 * factor))
    assert ratio == pytest.approx(factor, rel=0.1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.floats(0.3, 3), st.integers(-10, 10**18), st.integers(-10, 10**18))
def test_no_reported_count_moves_the_ratio_out_of_bounds_or_far_at_once(
    ratio: float, estimated: int, told: int
) -> None:
    learned = update_token_ratio(ratio, estimated, told)
    assert 0.3 <= learned <= 3
    assert abs(learned - ratio) <= 0.2 * 2.7 + 1e-9
    if estimated <= 0 or told <= 0:
        assert learned == ratio


def test_ten_thousand_messages_are_estimated_quickly() -> None:
    texts = ["Good evening, the café is open; what would you like? " * 6 for _ in range(10_000)]
    begun = time.process_time()
    for text in texts:
        estimate_tokens(text)
    assert time.process_time() - begun < 0.5
