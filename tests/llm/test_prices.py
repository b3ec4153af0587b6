"""Prices and windows by the list that is shipped, and the estimate of tokens that follows what providers tell."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.llm.protocol import ChatMessage, ImagePart
from botcafe.llm.providers import prices
from botcafe.llm.tokens import TokenRatios, estimate_message_tokens, estimate_tokens, update_token_ratio


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
    ratios = TokenRatios()
    for _ in range(12):
        ratios.learn(1, "model", 1000, round(1000 * factor))
    assert ratios.ratio_of(1, "model") == pytest.approx(factor, rel=0.1)


def test_what_one_key_reports_counts_for_no_other_key() -> None:
    ratios = TokenRatios()
    for _ in range(12):
        ratios.learn(1, "model", 1000, 2000)
    assert ratios.ratio_of(2, "model") == 1.0
    assert ratios.ratio_of(1, "another-model") == 1.0
    assert ratios.ratio_of(None, "model") == 1.0


@pytest.mark.parametrize(
    ("estimated", "counted"), [(1000, 5), (1000, 10**18), (1000, 0), (1000, -7), (0, 100), (-1, 5)]
)
def test_an_impossible_count_teaches_nothing(estimated: int, counted: int) -> None:
    ratios = TokenRatios()
    ratios.learn(1, "model", estimated, counted)
    assert ratios.ratio_of(1, "model") == 1.0


def test_what_was_learned_is_bounded_and_the_oldest_is_forgotten() -> None:
    ratios = TokenRatios(capacity=2)
    for key_id in (1, 2, 1, 3):
        ratios.learn(key_id, "model", 1000, 2000)
    assert [ratios.ratio_of(key_id, "model") != 1.0 for key_id in (1, 2, 3)] == [True, False, True]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.floats(0.3, 3), st.floats(-1e18, 1e18))
def test_no_reported_count_moves_the_ratio_out_of_bounds_or_far_at_once(ratio: float, seen: float) -> None:
    learned = update_token_ratio(ratio, seen)
    assert 0.3 - 1e-9 <= learned <= 3 + 1e-9
    assert abs(learned - ratio) <= 0.2 * 2.7 + 1e-9


def test_ten_thousand_messages_are_estimated_quickly() -> None:
    texts = ["Good evening, the café is open; what would you like? " * 6 for _ in range(10_000)]
    begun = time.process_time()
    for text in texts:
        estimate_tokens(text)
    assert time.process_time() - begun < 0.5
