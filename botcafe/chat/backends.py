"""Which model answers: the one the chat has chosen, or the rehearsal responder."""

from dataclasses import dataclass

from django.conf import settings

from botcafe.areas.companions.queries import TurnMaterial
from botcafe.areas.keys.queries import open_key
from botcafe.cms.actor import Actor
from botcafe.llm.openai_wire import OpenAIBackend
from botcafe.llm.protocol import ChatBackend
from botcafe.llm.rehearsal import RehearsalBackend, RehearsalScript

REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backend with the names to record."""

    backend: ChatBackend
    provider: str
    model: str


def choose(material: TurnMaterial) -> Chosen:
    """The backend of a reply. Raises NotFound where the chosen key is gone."""
    choice = material.model_choice
    if choice.get("key"):
        opened = open_key(Actor("user", material.user_id), int(choice["key"]))
        model = str(choice.get("model") or (opened.models[0] if opened.models else ""))
        return Chosen(OpenAIBackend(opened.endpoint), opened.provider, model)
    bot = material.bot
    script = RehearsalScript(
        bot_name=bot.name,
        greeting=bot.greeting or "",
        examples=tuple(str(e) for e in bot.speech_examples or []),
    )
    return Chosen(RehearsalBackend(script, pace=float(settings.REHEARSAL_PACE)), REHEARSAL, REHEARSAL)
