"""Turns that prompts are built for, without a database."""

from typing import Any

from botcafe.areas.companions.chats.settings_model import AuthorNote, AutoMode, ChatSettings
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.persona import Persona
from botcafe.areas.companions.collections.sampler_preset import SamplerPreset
from botcafe.areas.companions.turns.prompt_messages import PromptMessage
from botcafe.areas.companions.turns.speaking_order import Participant
from botcafe.areas.companions.turns.turn_context import TurnContext

NOOR_ID, BASTIAN_ID = 11, 12
NOOR = Participant(NOOR_ID, "Noor", "primary", True, 0.5)
BASTIAN = Participant(BASTIAN_ID, "Bastian", "secondary", True, 0.5)


def make_bot(**fields: Any) -> Bot:
    return Bot(**{"id": NOOR_ID, "name": "Noor", "system_prompt": "Noor pours tea.", **fields})


def make_persona(**fields: Any) -> Persona:
    return Persona(**{"id": 5, "name": "Robin", "description": "a painter", **fields})


def make_preset(**fields: Any) -> SamplerPreset:
    return SamplerPreset(**{"id": 6, "name": "Calm", **fields})


def make_settings(**fields: Any) -> ChatSettings:
    given: dict[str, Any] = {
        "title": "Tea", "status": "active", "tags": [], "persona_id": None, "author_note": AuthorNote(),
        "speaking_order": "natural", "auto": AutoMode(), "scenario": "", "preset_id": None,
    }  # fmt: skip
    return ChatSettings(**{**given, **fields})


def user_says(number: int, text: str, name: str = "Robin", **more: Any) -> PromptMessage:
    return PromptMessage(number, None, name, text, "2026-01-31T12:00:00.000Z", **more)


def bot_says(number: int, text: str, bot_id: int = NOOR_ID, name: str = "Noor") -> PromptMessage:
    return PromptMessage(number, bot_id, name, text, "2026-01-31T12:00:00.000Z")


def make_context(**fields: Any) -> TurnContext:
    bot = fields.pop("bot", None) or make_bot()
    given: dict[str, Any] = {
        "generation_id": 1, "message_id": 99, "conversation_id": 3, "user_id": 2, "user_name": "Robin", "bot": bot,
        "speaker": bot, "model_choice": {}, "settings": make_settings(), "participants": [NOOR],
    }  # fmt: skip
    return TurnContext(**{**given, **fields})
