"""Try a key at its provider: does it work, and which models does it offer."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from botcafe.areas.keys.queries import OpenedKey, open_key
from botcafe.areas.keys.unlocking import NO_UNLOCKED_KEYS, UnlockedKeys
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, TooMany
from botcafe.kit.secrets import mask
from botcafe.llm.errors import ModelError
from botcafe.llm.providers.profiles import PROVIDERS

T = TypeVar("T")
TIMEOUT_SECONDS = 10.0
MAX_MODELS = 1000
_TRIAL_SLOT = threading.Semaphore(1)
"""One trial at a time per process: a provider that hangs can block one worker thread, never all of them."""


class ProviderCallError(ApiError):
    """The provider could not be reached, or answered with an error."""

    status = 502
    code = "provider"


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model that a key's provider offers; ``context_window`` is in tokens, None where the provider does not tell."""

    id: str
    label: str
    context_window: int | None
    sees_images: bool | None


@dataclass(frozen=True, slots=True)
class KeyTrialResult:
    """The outcome of a trial; ``words`` are for the page and never contain the key."""

    works: bool
    words: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class KeyTrial:
    """A trial with the models that the provider offers; a key that fails offers none."""

    result: KeyTrialResult
    models: tuple[OfferedModel, ...] = ()


def try_key(actor: Actor, key_id: int, unlocked: UnlockedKeys = NO_UNLOCKED_KEYS) -> KeyTrialResult:
    """Whether a key works at its provider. Raises NotFound, KeyLockedError, Conflict, TooMany."""
    return run_trial(actor, key_id, unlocked).result


def run_trial(actor: Actor, key_id: int, unlocked: UnlockedKeys = NO_UNLOCKED_KEYS) -> KeyTrial:
    """List the models of a key's provider and report the outcome. Raises as ``try_key``."""
    opened = open_key(actor, key_id, unlocked)
    began = time.monotonic()
    try:
        found = _list_models_of(opened)
        # OpenRouter and others list their models for any key, even a wrong one.
        if _has_open_model_list(opened.provider):
            _verify_with_prompt(opened, [model.id for model in found])
    except ProviderCallError as error:
        return KeyTrial(KeyTrialResult(False, error.message, _elapsed_ms(began)))
    return KeyTrial(KeyTrialResult(True, _describe_success(len(found)), _elapsed_ms(began)), tuple(found))


def try_model(actor: Actor, key_id: int, model: str, unlocked: UnlockedKeys = NO_UNLOCKED_KEYS) -> str:
    """Ask a model for a few words: "" where it answers, else why it does not. Raises NotFound, KeyLockedError and TooMany."""
    opened = open_key(actor, key_id, unlocked)
    try:
        _run_provider_call(opened, _send_short_prompt(opened, model))
    except ProviderCallError as error:
        return error.message
    return ""


def _has_open_model_list(provider: str) -> bool:
    """Whether the provider lists its models without a valid key."""
    profile = PROVIDERS.get(provider)
    return profile is None or profile.is_list_open


def _verify_with_prompt(opened: OpenedKey, offered: list[str]) -> None:
    """Send a short prompt to a preferred model that is offered, else the first. Raises ProviderCallError and TooMany."""
    models = [model for model in opened.models if model in offered] or offered or opened.models
    if models:
        _run_provider_call(opened, _send_short_prompt(opened, models[0]))


async def _send_short_prompt(opened: OpenedKey, model: str) -> None:
    from botcafe.llm.backends import backend_for
    from botcafe.llm.protocol import ChatMessage, ChatRequest
    from botcafe.llm.wire.transport import close_sessions

    request = ChatRequest(model=model, messages=(ChatMessage("user", "Say hi."),), max_tokens=16)
    stream = backend_for(opened.provider, opened.endpoint).stream(request)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await anext(stream, None)
    finally:
        await stream.aclose()
        await close_sessions()


def _describe_success(number: int) -> str:
    models = "1 model" if number == 1 else f"{number} models"
    return f"The key works: its provider offers {models}."


def _elapsed_ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def models_of(actor: Actor, key_id: int, unlocked: UnlockedKeys = NO_UNLOCKED_KEYS) -> list[OfferedModel]:
    """The models of a key's provider. Raises NotFound, KeyLockedError, Conflict, TooMany and ProviderCallError."""
    return _list_models_of(open_key(actor, key_id, unlocked))


def _list_models_of(opened: OpenedKey) -> list[OfferedModel]:
    """Request the list of models."""
    return _run_provider_call(opened, _fetch_models(opened))


def _run_provider_call(opened: OpenedKey, work: Coroutine[Any, Any, T]) -> T:
    """Run a call to the provider to its end. Raises ProviderCallError with the key masked, and TooMany."""
    if not _TRIAL_SLOT.acquire(timeout=0.5):
        # A coroutine that is dropped without close() warns that it was never awaited.
        work.close()
        raise TooMany("Another key is being tried at this moment. Try again in a few seconds.")
    try:
        return asyncio.run(work)
    except TimeoutError:
        raise ProviderCallError(f"The provider did not answer within {TIMEOUT_SECONDS:g} seconds.") from None
    except ModelError as error:
        raise ProviderCallError(_mask_key(opened, str(error))) from None
    finally:
        _TRIAL_SLOT.release()


async def _fetch_models(opened: OpenedKey) -> list[OfferedModel]:
    # Imported late: the HTTP client takes a third of a second to load.
    from botcafe.llm.backends import list_models
    from botcafe.llm.wire.transport import close_sessions

    try:
        found = await asyncio.wait_for(
            list_models(opened.provider, opened.endpoint, timeout_s=TIMEOUT_SECONDS), TIMEOUT_SECONDS + 1
        )
    finally:
        await close_sessions()
    return [_offered_model(opened, model) for model in found[:MAX_MODELS]]


def _offered_model(opened: OpenedKey, model: Any) -> OfferedModel:
    name = _mask_key(opened, str(model.id))[:300]
    label = _mask_key(opened, str(model.label or model.id))[:300]
    return OfferedModel(name, label, model.context_window, model.sees_images)


def _mask_key(opened: OpenedKey, words: str) -> str:
    """Mask the key in a provider's words: some echo it in error messages."""
    plain = opened.endpoint.api_key.reveal()
    return words.replace(plain, mask(plain)) if len(plain) >= 4 else words
