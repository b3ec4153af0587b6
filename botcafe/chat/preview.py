"""What would be sent for the next reply, and what was sent for a past one."""

from typing import Any

from botcafe.areas.companions.chats.queries import generation_for, restore_sent_blocks
from botcafe.areas.companions.personas.actions import unsaved_persona
from botcafe.areas.companions.turns.model_choice import REHEARSAL
from botcafe.areas.companions.turns.prompt_messages import PromptMessage
from botcafe.areas.companions.turns.turn_context import (
    TurnContext,
    preview_turn_context,
    standalone_turn_context,
    unsaved_bot,
)
from botcafe.areas.companions.turns.turn_request import TurnRequest
from botcafe.areas.knowledge.lore.activation_log import describe_reasons, describe_recall, reasons_for
from botcafe.chat.generation.prepare import prepare_reply
from botcafe.chat.generation.route import RouteStep
from botcafe.chat.generation.service import SERVICE
from botcafe.cms.schema.actor import Actor
from botcafe.kit.instants import now


def preview_turn(actor: Actor, conversation_id: int, asked: TurnRequest) -> dict[str, Any]:
    """What would be sent: ``{blocks, total_tokens, window_tokens, reply_tokens, provider, model, cost_usd, ...}``.

    Nothing is stored. Raises what the turn would: NotFound, BadRequest, ValidationFailed, ApiError.
    """
    return _preview_payload(actor, preview_turn_context(actor, conversation_id, asked))


def preview_bot(actor: Actor, data: dict[str, Any], text: str) -> dict[str, Any]:
    """What the model would be told of a bot that is not kept yet, were this said to it; in the shape of ``preview``."""
    bot = unsaved_bot(actor, data)
    line = PromptMessage(0, None, actor.name or "Guest", text.strip() or "…", now())
    return _preview_payload(actor, standalone_turn_context(actor, bot, [line], "", {}))


def preview_persona(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """The block that tells bots of a persona that is not kept yet: ``{text, tokens, title, ...}``. Nothing is stored."""
    bot = unsaved_bot(actor, {"name": "Somebody", "system_prompt": "Somebody."})
    context = standalone_turn_context(actor, bot, [], "", {})
    context.persona = unsaved_persona(data)
    context.user_name = context.persona.name
    blocks: list[dict[str, Any]] = prepare_reply(context, SERVICE.runner.token_ratios).prompt.as_json()
    return next(each for each in blocks if each["id"] == "persona")


def _preview_payload(actor: Actor, context: TurnContext) -> dict[str, Any]:
    prepared = prepare_reply(context, SERVICE.runner.token_ratios)
    step = prepared.steps[0]
    return {
        "blocks": prepared.prompt.as_json(),
        "total_tokens": prepared.prompt.tokens,
        **prepared.settings_as_json(step),
        "provider": step.provider,
        "model": step.model,
        "bot": {"id": context.bot.pk, "name": context.bot.name},
        "cost_usd": _cost_usd(step, prepared.prompt.tokens, prepared.reply_tokens),
        "is_estimated": True,
        "reasons": describe_reasons(actor, (prepared.activation or {}).get("reasons", [])),
        "recalled": describe_recall(actor, (prepared.activation or {}).get("recalled", [])),
    }


def _cost_usd(step: RouteStep, prompt: int, reply: int) -> float | None:
    if step.provider == REHEARSAL:
        return 0.0
    from botcafe.llm.providers.prices import cost_usd

    return cost_usd(step.provider, step.model, prompt, reply)


def trace_generation(actor: Actor, generation_id: int) -> dict[str, Any]:
    """What was sent for a reply and what came of it, in the shape of ``preview``. Raises NotFound."""
    row = generation_for(actor, generation_id)
    settings = row.settings if isinstance(row.settings, dict) else {}
    blocks = restore_sent_blocks(row)
    kept = reasons_for(actor, generation_id)
    return {
        "blocks": blocks,
        "total_tokens": settings.get("prompt_tokens"),
        **settings,
        "hops": row.hops or [],
        "reasoning": row.reasoning or "",
        **{name: kept[name] for name in ("reasons", "recalled", "silent")},
        **{name: getattr(row, name) for name in _TRACE_COLUMNS},
    }


def explain_generation(actor: Actor, generation_id: int) -> dict[str, Any]:
    """Why lore is in a reply or out of it, in plain words. Raises NotFound."""
    generation_for(actor, generation_id)
    return reasons_for(actor, generation_id)


_TRACE_COLUMNS = (
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
