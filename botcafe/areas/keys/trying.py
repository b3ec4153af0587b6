"""Tries a key at its provider: does it work, and which models does it offer."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from botcafe.areas.keys.queries import OpenedKey, open_key
from botcafe.areas.keys.unlocking import NOTHING, Unlocked
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, TooMany
from botcafe.kit.secrets import mask
from botcafe.llm.errors import ModelError
from botcafe.llm.providers.profiles import PROVIDERS

T = TypeVar("T")
PATIENCE_SECONDS = 10.0
MOST_MODELS = 1000
_TURN = threading.Semaphore(1)
"""One trial at a time in each process: a provider that hangs may hold up one thread, never all of them."""


class ProviderSays(ApiError):
    """The provider could not be asked, or did not answer as it should."""

    status = 502
    code = "provider"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial found, in words for people that never hold the key."""

    works: bool
    words: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model that a key's provider offers; ``context_window`` in tokens, None where it is not told."""

    id: str
    label: str
    context_window: int | None
    sees_images: bool | None


def try_key(actor: Actor, key_id: int, unlocked: Unlocked = NOTHING) -> Trial:
    """Ask a key's provider for its models, and say how that went. Raises NotFound, KeyLocked, Conflict, TooMany."""
    opened = open_key(actor, key_id, unlocked)
    began = time.monotonic()
    try:
        found = _asked(opened)
        if _shows_to_anybody(opened.provider):
            _speaks(opened, [model.id for model in found])
    except ProviderSays as error:
        return Trial(False, error.message, _since(began))
    return Trial(True, _words(opened.provider, len(found)), _since(began))


def _shows_to_anybody(provider: str) -> bool:
    """Whether reading the list of models proves nothing about the key."""
    profile = PROVIDERS.get(provider)
    return profile is None or profile.is_list_open


def _speaks(opened: OpenedKey, offered: list[str]) -> None:
    """Ask for one word: only that tells whether the key is good. Raises ProviderSays and TooMany.

    It is asked of a preferred model that is offered, else of the first one that is.
    """
    models = [model for model in opened.models if model in offered] or offered or opened.models
    if models:
        _waiting(opened, _one_word(opened, models[0]))


async def _one_word(opened: OpenedKey, model: str) -> None:
    from botcafe.llm.backends import backend_for
    from botcafe.llm.protocol import ChatMessage, ChatRequest
    from botcafe.llm.wire.transport import close_sessions

    request = ChatRequest(model=model, messages=(ChatMessage("user", "Say hi."),), max_tokens=16)
    stream = backend_for(opened.provider, opened.endpoint).stream(request)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await anext(stream, None)
    finally:
        await stream.aclose()
        await close_sessions()


def _words(provider: str, number: int) -> str:
    models = "1 model" if number == 1 else f"{number} models"
    return f"The key works: its provider offers {models}."


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def models_of(actor: Actor, key_id: int, unlocked: Unlocked = NOTHING) -> list[OfferedModel]:
    """The models that a key's provider offers. Raises NotFound, KeyLocked, Conflict, TooMany and ProviderSays."""
    return _asked(open_key(actor, key_id, unlocked))


def _asked(opened: OpenedKey) -> list[OfferedModel]:
    """Ask the provider for its models."""
    return _waiting(opened, _listed(opened))


def _waiting(opened: OpenedKey, work: Coroutine[Any, Any, T]) -> T:
    """Wait for the provider. Raises ProviderSays with the key masked wherever it should stand in the words, TooMany."""
    if not _TURN.acquire(timeout=0.5):
        work.close()
        raise TooMany("Another key is being tried at this moment. Try again in a few seconds.")
    try:
        return asyncio.run(work)
    except TimeoutError:
        raise ProviderSays(f"The provider did not answer within {PATIENCE_SECONDS:g} seconds.") from None
    except ModelError as error:
        raise ProviderSays(_without(opened, str(error))) from None
    finally:
        _TURN.release()


async def _listed(opened: OpenedKey) -> list[OfferedModel]:
    # The wires bring an HTTP client that takes a third of a second to load: only those who call a provider wait.
    from botcafe.llm.backends import list_models
    from botcafe.llm.wire.transport import close_sessions

    try:
        found = await asyncio.wait_for(
            list_models(opened.provider, opened.endpoint, timeout_s=PATIENCE_SECONDS), PATIENCE_SECONDS + 1
        )
    finally:
        await close_sessions()
    return [_model(opened, model) for model in found[:MOST_MODELS]]


def _model(opened: OpenedKey, model: Any) -> OfferedModel:
    name = _without(opened, str(model.id))[:300]
    label = _without(opened, str(model.label or model.id))[:300]
    return OfferedModel(name, label, model.context_window, model.sees_images)


def _without(opened: OpenedKey, words: str) -> str:
    """A hostile or careless provider may echo the key."""
    plain = opened.endpoint.api_key.reveal()
    return words.replace(plain, mask(plain)) if len(plain) >= 4 else words
