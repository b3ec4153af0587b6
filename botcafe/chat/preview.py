"""What would be sent for the next reply, and what was sent for a past one."""

from typing import Any

from botcafe.areas.companions.chats.model_choice import REHEARSAL
from botcafe.areas.companions.chats.queries import generation_for, with_words
from botcafe.areas.companions.chats.turn_context import Line, TurnMaterial, bare_material, next_material, unkept_bot
from botcafe.areas.companions.chats.turns import Asked
from botcafe.areas.companions.personas.actions import unkept_persona
from botcafe.areas.knowledge.lore.activation_log import reasons_for, told, told_of_recall
from botcafe.chat.generation.prepare import prepared_of
from botcafe.chat.generation.route import Step
from botcafe.chat.generation.runner import HUB
from botcafe.cms.schema.actor import Actor
from botcafe.kit.instants import now


def preview(actor: Actor, conversation_id: int, asked: Asked) -> dict[str, Any]:
    """What would be sent: ``{blocks, total_tokens, window_tokens, reply_tokens, provider, model, cost_usd, ...}``.

    Nothing is stored. Raises what the turn would: NotFound, BadRequest, ValidationFailed, ApiError.
    """
    return _told(actor, next_material(actor, conversation_id, asked))


def preview_bot(actor: Actor, data: dict[str, Any], text: str) -> dict[str, Any]:
    """What the model would be told of a bot that is not kept yet, were this said to it; in the shape of ``preview``."""
    bot = unkept_bot(actor, data)
    line = Line(0, None, actor.name or "Guest", text.strip() or "…", now())
    return _told(actor, bare_material(actor, bot, [line], "", {}))


def preview_persona(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """The block that tells bots of a persona that is not kept yet: ``{text, tokens, title, ...}``. Nothing is stored."""
    bot = unkept_bot(actor, {"name": "Somebody", "system_prompt": "Somebody."})
    material = bare_material(actor, bot, [], "", {})
    material.persona = unkept_persona(data)
    material.user_name = material.persona.name
    blocks: list[dict[str, Any]] = prepared_of(material, HUB.ratios).packed.as_json()
    return next(each for each in blocks if each["id"] == "persona")


def _told(actor: Actor, material: TurnMaterial) -> dict[str, Any]:
    prepared = prepared_of(material, HUB.ratios)
    step = prepared.steps[0]
    return {
        "blocks": prepared.packed.as_json(),
        "total_tokens": prepared.packed.tokens,
        **prepared.settings(step),
        "provider": step.provider,
        "model": step.model,
        "bot": {"id": material.bot.pk, "name": material.bot.name},
        "cost_usd": _cost(step, prepared.packed.tokens, prepared.reply),
        "is_estimated": True,
        "reasons": told(actor, (prepared.reasons or {}).get("reasons", [])),
        "recalled": told_of_recall(actor, (prepared.reasons or {}).get("recalled", [])),
    }


def _cost(step: Step, prompt: int, reply: int) -> float | None:
    if step.provider == REHEARSAL:
        return 0.0
    from botcafe.llm.providers.prices import cost_usd

    return cost_usd(step.provider, step.model, prompt, reply)


def trace(actor: Actor, generation_id: int) -> dict[str, Any]:
    """What was sent for a reply and what came of it, in the shape of ``preview``. Raises NotFound."""
    row = generation_for(actor, generation_id)
    settings = row.settings if isinstance(row.settings, dict) else {}
    blocks = with_words(row)
    kept = reasons_for(actor, generation_id)
    return {
        "blocks": blocks,
        "total_tokens": settings.get("prompt_tokens"),
        **settings,
        "hops": row.hops or [],
        "reasoning": row.reasoning or "",
        **{name: kept[name] for name in ("reasons", "recalled", "silent")},
        **{name: getattr(row, name) for name in _TOLD},
    }


def reasons(actor: Actor, generation_id: int) -> dict[str, Any]:
    """Why lore is in a reply or out of it, in plain words. Raises NotFound."""
    generation_for(actor, generation_id)
    return reasons_for(actor, generation_id)


_TOLD = (
    "state",
    "mode",
    "attempt",
    "provider",
    "model",
    "error",
    "finish_reason",
    "cost_usd",
    "input_tokens",
    "output_tokens",
    "is_estimated",
    "milliseconds",
    "first_token_ms",
)
