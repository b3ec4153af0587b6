"""What macros may ask for in this reply."""

from dataclasses import replace
from typing import Any

from botcafe.areas.companions.bots.card_data import card_data
from botcafe.areas.companions.chats.turn_context import TurnContext
from botcafe.kit.macros import MacroContext


def build_macro_context(material: TurnContext) -> MacroContext:
    """What macros may ask for."""
    bot, others = material.bot, [p.name for p in material.parts if p.bot_id != material.bot.pk]
    said = {
        "user": [line for line in material.history if not line.bot_id],
        "char": [line for line in material.history if line.bot_id],
    }
    names = ", ".join([bot.name, *others])
    texts = {
        "description": bot.system_prompt or "",
        "personality": bot.personality or "",
        "scenario": material.settings["scenario"] or bot.scenario or "",
        "persona": material.persona.description if material.persona else "",
        "mesexamples": join_examples(bot),
        "charprompt": bot.instructions or "",
        "charjailbreak": bot.post_history_instructions or "",
        "chardepthprompt": str(read_depth_prompt(bot).get("prompt") or ""),
        "charversion": str(card_data(bot).get("character_version") or ""),
        "group": names,
        "charifnotgroup": bot.name if not others else names,
        "groupnotmuted": ", ".join(p.name for p in material.parts if p.is_active) or bot.name,
        "notchar": ", ".join([*others, material.user_name]),
        "other_bots": ", ".join(others),
        "lastmessage": material.history[-1].text if material.history else "",
        "lastusermessage": said["user"][-1].text if said["user"] else "",
        "lastcharmessage": said["char"][-1].text if said["char"] else "",
        "model": str(material.model_choice.get("model") or ""),
        "summary": material.summary,
    }
    return MacroContext(
        char=str(card_data(bot).get("nickname") or bot.name),
        user=material.user_name,
        texts=texts,
        seed=f"{material.generation_id}",
        chat=str(material.conversation_id),
        time_zone=material.time_zone,
        last_said=material.last_said,
    )


DEFINITION_MACROS = ("description", "personality", "scenario", "charprompt", "charjailbreak", "chardepthprompt")


def without_hidden_definition(material: TurnContext, scene: MacroContext) -> MacroContext:
    """The scene for texts that the person has written: a closed definition gives nothing away to their macros."""
    if material.may_read_definition:
        return scene
    hidden = dict.fromkeys(DEFINITION_MACROS, "") | {"scenario": material.settings["scenario"] or ""}
    return replace(scene, texts={**scene.texts, **hidden})


def read_depth_prompt(bot: Any) -> dict[str, Any]:
    """The bot's reminder that stands within the history: ``{prompt, depth, role}``."""
    return bot.depth_prompt if isinstance(bot.depth_prompt, dict) else {}


def join_examples(bot: Any) -> str:
    """The bot's examples of speech, a blank line between them."""
    return "\n\n".join(str(e) for e in bot.speech_examples or [])
