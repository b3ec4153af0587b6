"""A backend for each provider, and the models that it offers.

The wires import aiohttp, which takes a third of a second to load, so they are imported at the first call.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from botcafe.llm.protocol import ChatBackend, Deadlines, Endpoint
from botcafe.llm.providers.model_info import ModelInfo
from botcafe.llm.providers.profiles import ANTHROPIC_WIRE, GOOGLE_WIRE, OPENAI_WIRE, PROVIDERS

if TYPE_CHECKING:
    from botcafe.llm.wire.wire_backend import WireBackend


LIST_TIMEOUT_S = 15.0


def wire_of(provider: str) -> str:
    """The wire format of a provider; an unknown name is treated as a custom OpenAI-compatible server."""
    profile = PROVIDERS.get(provider)
    return profile.wire if profile else OPENAI_WIRE


def backend_for(provider: str, endpoint: Endpoint, deadlines: Deadlines | None = None) -> ChatBackend:
    """The backend for a provider's wire, with one endpoint and its key."""
    backend: WireBackend
    if wire_of(provider) == ANTHROPIC_WIRE:
        from botcafe.llm.anthropic.backend import AnthropicBackend

        backend = AnthropicBackend(endpoint, deadlines)
    elif wire_of(provider) == GOOGLE_WIRE:
        from botcafe.llm.google.backend import GoogleBackend

        backend = GoogleBackend(endpoint, deadlines)
    else:
        from botcafe.llm.openai.backend import OpenAIBackend

        backend = OpenAIBackend(endpoint, deadlines, provider)
    backend.provider = provider if provider in PROVIDERS else "custom"
    return backend


async def list_models(provider: str, endpoint: Endpoint, *, timeout_s: float = LIST_TIMEOUT_S) -> list[ModelInfo]:
    """The chat models that the provider offers to this key, sorted by id, at most 2,000. Raises ModelError.

    Some providers list without a key (`ProviderProfile.is_list_open`), so a list does not prove that the key is valid.
    """
    from botcafe.llm.providers.model_lists import fetch_models

    profile = PROVIDERS.get(provider)
    if profile and profile.models_base_url and endpoint.base_url == profile.base_url:
        endpoint = replace(endpoint, base_url=profile.models_base_url)
    return await fetch_models(wire_of(provider), endpoint, timeout_s)
