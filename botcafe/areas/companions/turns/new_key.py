"""What happens right after somebody adds an API key: it is tried, gets a model, and answers their chats from now on."""

from dataclasses import dataclass

from botcafe.areas.companions.turns.model_choice import default_model_choice, set_default_model
from botcafe.areas.keys.actions import set_preferred_models
from botcafe.areas.keys.key_trial import OfferedModel, run_trial, try_model
from botcafe.areas.keys.unlocking import UnlockedKeys
from botcafe.cms.schema.actor import Actor
from botcafe.llm.providers.profiles import PROVIDERS

# In names of models that write no chat.
_NO_CHAT = (
    "embed",
    "whisper",
    "tts",
    "dall-e",
    "image",
    "audio",
    "realtime",
    "moderation",
    "rerank",
    "transcribe",
    "guard",
)


@dataclass(frozen=True, slots=True)
class NewKeySetup:
    """How the first try of a key went. ``model`` is "" where none was chosen; ``words`` say why a key does not work."""

    works: bool
    words: str
    model: str = ""
    is_default: bool = False


def set_up_new_key(actor: Actor, key_id: int, provider: str, wanted: str, unlocked: UnlockedKeys) -> NewKeySetup:
    """Try a key, choose its model, and make that the default where the person has none.

    ``wanted`` is the model that the person named, or "". Raises KeyLockedError, NotFound and TooMany.
    """
    trial = run_trial(actor, key_id, unlocked)
    tried = trial.result
    if not tried.works:
        return NewKeySetup(False, tried.words, wanted)
    model = wanted or choose_first_model(provider, trial.models)
    if not model:
        return NewKeySetup(True, tried.words)
    # A provider lists its models for a key without credit, too.
    if problem := try_model(actor, key_id, model, unlocked):
        return NewKeySetup(False, problem, model)
    if not wanted:
        set_preferred_models(actor, key_id, [model])
    is_first = not default_model_choice(actor.id or 0)
    if is_first:
        set_default_model(actor, {"key": key_id, "model": model})
    return NewKeySetup(True, tried.words, model, is_first)


def choose_first_model(provider: str, offered: tuple[OfferedModel, ...]) -> str:
    """The model to begin with: the provider's good cheap one where it is offered, else the first that can chat; "" for none."""
    names = [model.id for model in offered if not any(part in model.id.lower() for part in _NO_CHAT)]
    profile = PROVIDERS.get(provider)
    for beginning in profile.first_models if profile else ():
        found = next((name for name in names if name.startswith(beginning)), "")
        if found:
            return found
    return names[0] if names else ""
