"""The door to the wires: a backend for a provider, and the models that it offers.

The wires bring an HTTP client that takes a third of a second to load, so they are imported at the first call.
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
    """The wire format of a provider; a name that we do not know is taken for a server of the person's own."""
    profile = PROVIDERS.get(provider)
    return profile.wire if profile else OPENAI_WIRE


def backend_for(provider: str, endpoint: Endpoint, deadlines: Deadlines | None = None) -> ChatBackend:
    """The backend that speaks a provider's wire, with one endpoint and its key."""
    made: WireBackend
    if wire_of(provider) == ANTHROPIC_WIRE:
        from botcafe.llm.anthropic.backend import AnthropicBackend

        made = AnthropicBackend(endpoint, deadlines)
    elif wire_of(provider) == GOOGLE_WIRE:
        from botcafe.llm.google.backend import GoogleBackend

        made = GoogleBackend(endpoint, deadlines)
    else:
        from botcafe.llm.openai.backend import OpenAIBackend

        made = OpenAIBackend(endpoint, deadlines, provider)
    return made


async def list_models(provider: str, endpoint: Endpoint, *, timeout_s: float = LIST_TIMEOUT_S) -> list[ModelInfo]:
    """The chat models that the provider offers to this key, sorted by id, at most 2,000. Raises ModelError.

    A few providers show their list to anybody (`Profile.is_list_open`), so that it proves nothing about the key.
    """
    from botcafe.llm.providers.model_lists import fetch_models

    profile = PROVIDERS.get(provider)
    if profile and profile.models_base_url and endpoint.base_url == profile.base_url:
        endpoint = replace(endpoint, base_url=profile.models_base_url)
    return await fetch_models(wire_of(provider), endpoint, timeout_s)
