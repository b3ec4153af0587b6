"""Which model answers: the one the chat has chosen, or the rehearsal responder."""

from dataclasses import dataclass

from django.conf import settings

from botcafe.areas.companions.macros import fill
from botcafe.areas.companions.queries import TurnMaterial
from botcafe.areas.keys.queries import open_key
from botcafe.cms.actor import Actor
from botcafe.llm.protocol import ChatBackend
from botcafe.llm.rehearsal import RehearsalBackend, RehearsalScript

REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backend with the names to record."""

    backend: ChatBackend
    provider: str
    model: str


def _plain(text: str, material: TurnMaterial) -> str:
    """Words to quote: with the names in, without marks."""
    return fill(text, bot=material.bot.name, user=material.user_name).replace("*", "")


def choose(material: TurnMaterial) -> Chosen:
    """The backend of a reply. Raises NotFound where the chosen key is gone."""
    choice = material.model_choice
    if choice.get("key"):
        # The wire brings an HTTP client that takes a third of a second to load: only those who call a provider wait.
        from botcafe.llm.openai_wire import OpenAIBackend

        opened = open_key(Actor("user", material.user_id), int(choice["key"]))
        model = str(choice.get("model") or (opened.models[0] if opened.models else ""))
        return Chosen(OpenAIBackend(opened.endpoint), opened.provider, model)
    bot = material.bot
    script = RehearsalScript(
        bot_name=bot.name,
        greeting=_plain(bot.greeting or "", material),
        examples=tuple(_plain(str(e), material) for e in bot.speech_examples or []),
    )
    return Chosen(RehearsalBackend(script, pace=float(settings.REHEARSAL_PACE)), REHEARSAL, REHEARSAL)
