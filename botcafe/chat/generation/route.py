"""Which model answers: the chosen key, then its fallbacks, or without one a scene or the rehearsal; the call to each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from botcafe.areas.companions.scenes.library import find_scene
from botcafe.areas.companions.scenes.moment import write_scene_reply
from botcafe.areas.companions.turns.model_choice import REHEARSAL, SCENE
from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.keys.queries import open_key
from botcafe.areas.keys.quotas import record_use, release_reservation, reserve_call
from botcafe.areas.keys.routing import build_route
from botcafe.areas.keys.unlocking import UnlockedKeys
from botcafe.chat.prompt.builder import preset_settings
from botcafe.kit.json_types import JsonObject, list_or_empty, object_or_empty
from botcafe.kit.macros import MacroContext, fill
from botcafe.llm.protocol import ChatBackend, ChatMessage, ChatRequest
from botcafe.llm.providers.options import unsupported_options
from botcafe.llm.rehearsal import RehearsalBackend, RehearsalScript
from botcafe.llm.scene import SceneBackend

SAMPLING_TYPES: dict[str, Callable[[Any], float | int]] = {
    "temperature": float,
    "top_p": float,
    "top_k": int,
    "min_p": float,
    "frequency_penalty": float,
    "presence_penalty": float,
    "repetition_penalty": float,
    "seed": int,
}
MAX_STOP_TEXTS = 16
# JSON numbers may be larger than any provider's parser takes.
MAX_SAMPLING_VALUE = 2**63 - 1
MAX_EFFORT_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One place to ask: a key and a model, or (no key) the bot's scene or the rehearsal responder."""

    provider: str
    model: str
    key_id: int | None = None
    nickname: str = ""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A backend with its key opened, and the reservation that the call holds against the key's limits."""

    backend: ChatBackend
    reservation: int | None = None


def resolve_route(context: TurnContext) -> list[RouteStep]:
    """The steps to ask, in order. Raises NotFound where the chosen key is gone."""
    choice = context.model_choice
    if not choice.get("key"):
        return [RouteStep(REHEARSAL, SCENE if find_scene(context.bot) else REHEARSAL)]
    route = build_route(context.actor, int(str(choice["key"])), str(choice.get("model") or ""))
    return [RouteStep(each.provider, each.model, each.key_id, each.nickname) for each in route]


def open_call(
    context: TurnContext, step: RouteStep, tokens: int, unlocked: UnlockedKeys, generation_id: int | None = None
) -> OpenCall:
    """Open a step for a call that may use so many tokens, for a reply of a chat if one is named.

    ``unlocked`` holds the keys that the user's own sign-in has opened with a passphrase. Raises ApiError (NotFound,
    TooMany, Forbidden) with the reason where the key may not be used.
    """
    if step.key_id is None:
        return OpenCall(_built_in_backend(context))
    from botcafe.llm.backends import backend_for  # brings an HTTP client that takes a third of a second to load

    reservation = reserve_call(context.actor, step.key_id, tokens, generation_id)
    try:
        key = open_key(context.actor, step.key_id, unlocked=unlocked)
        return OpenCall(backend_for(key.provider, key.endpoint), reservation)
    except Exception:
        release_reservation(step.key_id, reservation)
        raise


def record_failed_attempt(step: RouteStep, call: OpenCall, seconds: float) -> None:
    """Count a call that failed and was followed by the next step of the route."""
    if step.key_id is not None:
        record_use(step.key_id, tokens=0, seconds=seconds, failed=True, reservation=call.reservation)


def _built_in_backend(context: TurnContext) -> ChatBackend:
    scene, pace = find_scene(context.bot), float(settings.REHEARSAL_PACE)
    if scene is not None:
        return SceneBackend(write_scene_reply(scene, context), pace)
    return RehearsalBackend(_rehearsal_script(context), pace)


def _rehearsal_script(context: TurnContext) -> RehearsalScript:
    bot, macros = context.bot, MacroContext(context.bot.name, context.user_name)

    def plain(text: str) -> str:
        return fill(text, macros).replace("*", "")

    examples = tuple(plain(str(each)) for each in bot.speech_examples or [])
    lore, memories = (tuple(map(plain, context.retrieved_texts.get(name, ()))) for name in ("lore", "memories"))
    return RehearsalScript(bot.name, plain(bot.greeting or ""), examples, lore, memories)


def build_chat_request(
    context: TurnContext, step: RouteStep, messages: Sequence[ChatMessage], reply_tokens: int
) -> ChatRequest:
    """The call itself, with the sampling of the preset as far as it is well formed."""
    preset = preset_settings(context)
    effort = preset.get("reasoning_effort")
    return ChatRequest(
        model=step.model,
        messages=tuple(messages),
        max_tokens=reply_tokens,
        stop=tuple(str(text) for text in list_or_empty(preset.get("stop"))[:MAX_STOP_TEXTS] if text),
        reasoning_effort=effort if isinstance(effort, str) and 0 < len(effort) <= MAX_EFFORT_CHARACTERS else None,
        extra=object_or_empty(preset.get("extra")),
        **read_sampling(preset),  # type: ignore[arg-type]
    )


def read_sampling(preset: JsonObject) -> dict[str, float | int]:
    """The sampling values that are numbers; what is not is left to the provider."""
    found: dict[str, float | int] = {}
    for name, convert in SAMPLING_TYPES.items():
        value = preset.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_SAMPLING_VALUE:
            found[name] = convert(value)
    return found


def unsupported_by(context: TurnContext, step: RouteStep) -> JsonObject:
    """What of the preset the provider of a step does not take: settings, stop texts, keys of the extra body."""
    if step.key_id is None:
        return {}
    return unsupported_options(step.provider, build_chat_request(context, step, (), 0)).as_json()
