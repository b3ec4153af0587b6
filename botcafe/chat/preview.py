"""The prompt inspector: what would be sent for the next reply, and what was sent for a past one."""

from collections.abc import Mapping

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
from botcafe.kit.json_types import JsonObject

InspectorPayload = dict[str, object]


def preview_turn(actor: Actor, conversation_id: int, request: TurnRequest) -> InspectorPayload:
    """What would be sent: ``{blocks, total_tokens, window_tokens, reply_tokens, provider, model, cost_usd, ...}``.

    Nothing is stored. Raises what the turn would: NotFound, BadRequest, ValidationFailed, ApiError.
    """
    return _preview_payload(actor, preview_turn_context(actor, conversation_id, request))


def preview_bot(actor: Actor, fields: Mapping[str, object], text: str) -> InspectorPayload:
    """What would be sent for a bot that is not saved yet, if the user said ``text``; in the shape of ``preview_turn``."""
    bot = unsaved_bot(actor, fields)
    message = PromptMessage(0, None, actor.name or "Guest", text.strip() or "…", now())
    return _preview_payload(actor, standalone_turn_context(actor, bot, [message], "", {}))


def preview_persona(actor: Actor, fields: Mapping[str, object]) -> JsonObject:
    """The block that tells bots of a persona that is not saved yet: ``{text, tokens, title, ...}``."""
    bot = unsaved_bot(actor, {"name": "Somebody", "system_prompt": "Somebody."})
    context = standalone_turn_context(actor, bot, [], "", {})
    context.persona = unsaved_persona(dict(fields))
    context.user_name = context.persona.name
    blocks = prepare_reply(context, SERVICE.runner.token_ratios).prompt.as_json()
    return next(block for block in blocks if block["id"] == "persona")


def _preview_payload(actor: Actor, context: TurnContext) -> InspectorPayload:
    prepared = prepare_reply(context, SERVICE.runner.token_ratios)
    step = prepared.steps[0]
    activation = prepared.activation or {}
    return {
        "blocks": prepared.prompt.as_json(),
        "total_tokens": prepared.prompt.tokens,
        **prepared.settings_as_json(step),
        "provider": step.provider,
        "model": step.model,
        "bot": {"id": context.bot.pk, "name": context.bot.name},
        "cost_usd": _cost_usd(step, prepared.prompt.tokens, prepared.reply_tokens),
        "is_estimated": True,
        "reasons": describe_reasons(actor, activation.get("reasons", [])),
        "recalled": describe_recall(actor, activation.get("recalled", [])),
    }


def _cost_usd(step: RouteStep, prompt_tokens: int, reply_tokens: int) -> float | None:
    if step.provider == REHEARSAL:
        return 0.0
    from botcafe.llm.providers.prices import cost_usd  # its tables take a while to load

    return cost_usd(step.provider, step.model, prompt_tokens, reply_tokens)


def trace_generation(actor: Actor, generation_id: int) -> InspectorPayload:
    """What was sent for a reply and what came of it, in the shape of ``preview_turn``. Raises NotFound."""
    row = generation_for(actor, generation_id)
    settings = row.settings if isinstance(row.settings, dict) else {}
    reasons = reasons_for(actor, generation_id)
    return {
        "blocks": restore_sent_blocks(row),
        "total_tokens": settings.get("prompt_tokens"),
        **settings,
        "hops": row.hops or [],
        "reasoning": row.reasoning or "",
        **{name: reasons[name] for name in ("reasons", "recalled", "silent")},
        **{name: getattr(row, name) for name in _TRACE_COLUMNS},
    }


def explain_generation(actor: Actor, generation_id: int) -> InspectorPayload:
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
