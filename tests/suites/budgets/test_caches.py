"""What a process keeps of texts that people choose is bounded in the length of each text, not in their number alone."""

import gc
import time
import weakref
from collections.abc import Callable

import pytest

from botcafe.api.http.dispatch import route_of
from botcafe.areas.accounts.tokens import read_token
from botcafe.llm.providers.options import RefusedOptions
from botcafe.llm.providers.prices import context_window, cost_usd
from botcafe.llm.tokens import TokenRatios
from botcafe.retrieval.terms import fold_word

RATIOS, REFUSED = TokenRatios(), RefusedOptions()


class LongText(str):
    """A text of which can be told whether anybody still has it."""


KEEPERS: dict[str, Callable[[str], object]] = {
    "tokens": lambda text: read_token(text, time.time()),
    "routes": route_of,
    "words": fold_word,
    "prices of a model": lambda text: cost_usd("openai", text, 1, 1),
    "windows of a model": lambda text: context_window("openai", text),
    "prices of a provider": lambda text: cost_usd(text, "gpt-4o", 1, 1),
    "counts of a model": lambda text: RATIOS.learn(1, text, 1000, 2000),
    "options of a model": lambda text: REFUSED.add("https://a.example", text, "seed"),
    "options of an address": lambda text: REFUSED.add(text, "m", "seed"),
}


@pytest.mark.parametrize("keeper", KEEPERS)
def test_a_long_text_is_kept_by_no_cache(keeper: str) -> None:
    text = LongText("/" + "x" * 300_000)
    alive = weakref.ref(text)
    try:
        KEEPERS[keeper](text)
    except Exception as refused:  # noqa: BLE001 (that it is refused is tested elsewhere; what is kept counts here)
        refused.__traceback__ = None
    del text
    gc.collect()
    assert alive() is None


def test_words_are_folded_alike_on_both_sides_of_the_bound() -> None:
    for length in range(30, 120):
        assert fold_word("é" * length + "'s") == fold_word("é" * length) == "e" * min(length, 40)
