"""Which model answers: the one that was chosen, then its fallbacks, or the rehearsal responder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from botcafe.areas.companions.chats.model_choice import REHEARSAL
from botcafe.areas.companions.chats.turn_context import TurnContext
from botcafe.areas.keys.queries import open_key
from botcafe.areas.keys.quotas import record_use, release, reserve
from botcafe.areas.keys.routing import route_of
from botcafe.areas.keys.unlocking import Unlocked
from botcafe.chat.prompt.builder import preset_settings
from botcafe.kit.macros import MacroContext, fill
from botcafe.llm.protocol import ChatBackend, ChatMessage, ChatRequest
from botcafe.llm.rehearsal import RehearsalBackend, RehearsalScript

SAMPLING_TYPES: dict[str, Callable[[Any], Any]] = {
    "temperature": float,
    "top_p": float,
    "top_k": int,
    "min_p": float,
    "frequency_penalty": float,
    "presence_penalty": float,
    "repetition_penalty": float,
    "seed": int,
}
MAX_STOP_TEXTS = 4
MAX_SAMPLING_VALUE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One place to ask: a key and a model, or (no key) the rehearsal responder."""

    provider: str
    model: str
    key_id: int | None = None
    nickname: str = ""


def resolve_route(material: TurnContext) -> list[RouteStep]:
    """Where to ask, in order. Raises NotFound where the chosen key is gone."""
    choice = material.model_choice
    if not choice.get("key"):
        return [RouteStep(REHEARSAL, REHEARSAL)]
    route = route_of(material.actor, int(choice["key"]), str(choice.get("model") or ""))
    return [RouteStep(each.provider, each.model, each.key_id, each.nickname) for each in route]


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A backend with its key opened, and the reservation that the call holds against the key's limits."""

    backend: ChatBackend
    reservation: int | None = None


def open_call(material: TurnContext, step: RouteStep, tokens: int, unlocked: Unlocked) -> OpenCall:
    """Open a step for a call that may use so many tokens.

    ``unlocked`` holds the keys that the person's own sign-in has opened with a passphrase. Raises ApiError (NotFound,
    TooMany, Forbidden) with the reason where the key may not be used.
    """
    if step.key_id is None:
        return OpenCall(_rehearsal_backend(material))
    from botcafe.llm.backends import backend_for  # brings an HTTP client that takes a third of a second to load

    reservation = reserve(material.actor, step.key_id, tokens)
    try:
        key = open_key(material.actor, step.key_id, unlocked=unlocked)
        return OpenCall(backend_for(key.provider, key.endpoint), reservation)
    except Exception:
        release(step.key_id, reservation)
        raise


def record_failed_attempt(step: RouteStep, call: OpenCall, seconds: float) -> None:
    """Count a call that failed and was followed by the next step of the route."""
    if step.key_id is not None:
        record_use(step.key_id, tokens=0, seconds=seconds, failed=True, reservation=call.reservation)


def _rehearsal_backend(material: TurnContext) -> ChatBackend:
    bot, scene = material.bot, MacroContext(material.bot.name, material.user_name)

    def plain(text: str) -> str:
        return fill(text, scene).replace("*", "")

    examples = tuple(plain(str(e)) for e in bot.speech_examples or [])
    lore, memories = (tuple(map(plain, material.brought.get(name, ()))) for name in ("lore", "memories"))
    script = RehearsalScript(bot.name, plain(bot.greeting or ""), examples, lore, memories)
    return RehearsalBackend(script, pace=float(settings.REHEARSAL_PACE))


def build_chat_request(
    material: TurnContext, step: RouteStep, messages: list[ChatMessage], reply_tokens: int
) -> ChatRequest:
    """The call itself, with the sampling of the preset as far as it is well formed."""
    given = preset_settings(material)
    stops = given.get("stop")
    return ChatRequest(
        model=step.model,
        messages=tuple(messages),
        max_tokens=reply_tokens,
        stop=tuple(str(s) for s in stops[:MAX_STOP_TEXTS] if s) if isinstance(stops, list) else (),
        **read_sampling(given),
    )


def read_sampling(given: dict[str, Any]) -> dict[str, Any]:
    """The sampling values that are numbers; what is not is left to the provider."""
    found: dict[str, Any] = {}
    for name, kind in SAMPLING_TYPES.items():
        value = given.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_SAMPLING_VALUE:
            found[name] = kind(value)
    return found
