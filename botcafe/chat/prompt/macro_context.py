"""The values that macros have in a reply."""

from dataclasses import replace
from typing import Any

from botcafe.areas.companions.bots.card_data import card_data
from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.kit.json_types import JsonObject
from botcafe.kit.macros import MacroContext


def build_macro_context(context: TurnContext) -> MacroContext:
    """The values of all macros, for texts of the bot."""
    bot, others = context.bot, [p.name for p in context.participants if p.bot_id != context.bot.pk]
    said = {
        "user": [line for line in context.history if not line.bot_id],
        "char": [line for line in context.history if line.bot_id],
    }
    names = ", ".join([bot.name, *others])
    texts = {
        "description": bot.system_prompt or "",
        "personality": bot.personality or "",
        "scenario": context.settings.scenario or bot.scenario or "",
        "persona": context.persona.description if context.persona else "",
        "mesexamples": join_examples(bot),
        "charprompt": bot.instructions or "",
        "charjailbreak": bot.post_history_instructions or "",
        "chardepthprompt": str(read_depth_prompt(bot).get("prompt") or ""),
        "charversion": str(card_data(bot).get("character_version") or ""),
        "group": names,
        "charifnotgroup": bot.name if not others else names,
        "groupnotmuted": ", ".join(p.name for p in context.participants if p.is_active) or bot.name,
        "notchar": ", ".join([*others, context.user_name]),
        "other_bots": ", ".join(others),
        "lastmessage": context.history[-1].text if context.history else "",
        "lastusermessage": said["user"][-1].text if said["user"] else "",
        "lastcharmessage": said["char"][-1].text if said["char"] else "",
        "model": str(context.model_choice.get("model") or ""),
        "summary": context.summary,
    }
    return MacroContext(
        char=str(card_data(bot).get("nickname") or bot.name),
        user=context.user_name,
        texts=texts,
        seed=f"{context.generation_id}",
        chat=str(context.conversation_id),
        time_zone=context.time_zone,
        last_said=context.last_message_at,
    )


DEFINITION_MACROS = ("description", "personality", "scenario", "charprompt", "charjailbreak", "chardepthprompt")


def without_hidden_definition(context: TurnContext, macros: MacroContext) -> MacroContext:
    """The macro context for texts of the user: macros there give nothing of a closed definition away."""
    if context.may_read_definition:
        return macros
    hidden = dict.fromkeys(DEFINITION_MACROS, "") | {"scenario": context.settings.scenario or ""}
    return replace(macros, texts={**macros.texts, **hidden})


def read_depth_prompt(bot: Any) -> JsonObject:
    """The bot's character note within the history: ``{prompt, depth, role}``."""
    return bot.depth_prompt if isinstance(bot.depth_prompt, dict) else {}


def join_examples(bot: Any) -> str:
    """The bot's examples of speech, a blank line between them."""
    return "\n\n".join(str(e) for e in bot.speech_examples or [])
