"""What is known of a model without asking its provider: window, prices, and whether it sees pictures."""

from dataclasses import dataclass

from botcafe.llm.providers.model_info import parse_anthropic_model, parse_google_model
from botcafe.llm.providers.profiles import ANTHROPIC_WIRE, GOOGLE_WIRE, PROVIDERS

_SAMPLE_TOKENS = 1_000
_SAMPLES_PER_MILLION = 1_000


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Window in tokens, prices in US dollars for a million tokens; None where it is not known."""

    context_window: int | None
    input_price: float | None
    output_price: float | None
    sees_images: bool | None


def model_facts(provider: str, model: str) -> ModelFacts:
    """Look up a model of a provider (a name of `profiles.PROVIDERS`) in what the program carries with it; never raises."""
    from botcafe.llm.providers.prices import context_window, cost_usd  # 2 MB of data: only where models are shown

    # Asked for a few tokens, since a price can rise with the length of a prompt.
    read = cost_usd(provider, model, _SAMPLE_TOKENS, 0)
    written = cost_usd(provider, model, 0, _SAMPLE_TOKENS)
    return ModelFacts(
        context_window=context_window(provider, model),
        input_price=None if read is None else read * _SAMPLES_PER_MILLION,
        output_price=None if written is None else written * _SAMPLES_PER_MILLION,
        sees_images=_sees_images(provider, model),
    )


def _sees_images(provider: str, model: str) -> bool | None:
    # Only where every model of a family sees: other lists tell it of each model, and are not kept.
    profile = PROVIDERS.get(provider)
    if profile is not None and profile.wire == ANTHROPIC_WIRE:
        found = parse_anthropic_model({"id": model})
    elif profile is not None and profile.wire == GOOGLE_WIRE:
        found = parse_google_model({"name": model})
    else:
        return None
    return found.sees_images if found else None
