"""Prices and context windows, from the price list inside the `genai-prices` package.

Import it only where needed: the list is 2 MB of data. Nothing is fetched. An unknown price is None, never 0.
"""

from datetime import UTC, datetime
from functools import cache, lru_cache

from genai_prices import Usage, data_snapshot
from genai_prices.types import ModelInfo, Provider

from botcafe.llm.protocol import MAX_MODEL_NAME_CHARACTERS

FREE_PROVIDER = "rehearsal"
# Our names of providers, where the list has another.
_PRICE_LIST_NAMES = {"xai": "x-ai"}


def cost_usd(provider: str, model: str, input_tokens: int, output_tokens: int) -> float | None:
    """US dollars for a call of `provider` (a name of `profiles.PROVIDERS`, or the rehearsal, which is free).

    `input_tokens` holds those read from a cache too; they are counted at the full price. None where the list knows no
    price, as for custom servers.
    """
    if provider == FREE_PROVIDER:
        return 0.0
    found = _find_priced_model(provider, model)
    if found is None:
        return None
    usage = Usage(input_tokens=max(input_tokens, 0), output_tokens=max(output_tokens, 0))
    try:
        price = found[1].calc_price(usage, found[0], genai_request_timestamp=datetime.now(UTC))
    except (LookupError, ValueError):
        return None
    return float(price.total_price)


def context_window(provider: str, model: str) -> int | None:
    """Tokens that a model takes in one call; None where the list does not say."""
    found = _find_priced_model(provider, model)
    return found[1].context_window if found else None


def _find_priced_model(provider: str, model: str) -> tuple[Provider, ModelInfo] | None:
    """The provider and model of the price list, or None."""
    # Names come from people: what the cache keeps must be bounded in size too.
    is_name = 0 < len(model) <= MAX_MODEL_NAME_CHARACTERS and len(provider) <= MAX_MODEL_NAME_CHARACTERS
    return _cached_model(provider, model) if is_name else None


@lru_cache(maxsize=1024)
def _cached_model(provider: str, model: str) -> tuple[Provider, ModelInfo] | None:
    # Looks up past the package's own caches, which would keep every model name ever asked for.
    listed = _providers_by_id().get(_PRICE_LIST_NAMES.get(provider, provider))
    if provider == "huggingface":
        model, _, host = model.partition(":")
        listed = _providers_by_id().get(f"huggingface_{host}")
    if listed is None:
        return None
    row = listed.find_model(model.removeprefix("models/").lower(), all_providers=list(_providers_by_id().values()))
    return (listed, row) if row else None


@cache
def _providers_by_id() -> dict[str, Provider]:
    return {each.id: each for each in data_snapshot.get_snapshot().providers}
