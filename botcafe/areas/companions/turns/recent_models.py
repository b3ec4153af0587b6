"""The models that somebody's newest replies came from."""

from botcafe.areas.companions.collections.generation import GENERATIONS
from botcafe.areas.companions.turns.model_choice import REHEARSAL
from botcafe.cms.schema.actor import Actor

MAX_RECENT = 5
_REPLIES_LOOKED_AT = 200


def recent_models(actor: Actor) -> list[tuple[str, str]]:
    """Provider and model of at most ``MAX_RECENT`` models that answered last, the newest first."""
    rows = GENERATIONS.visible_to(actor).filter(user=actor.id).order_by("-created_at", "-id")
    used = rows.values_list("provider", "model")[:_REPLIES_LOOKED_AT]
    found = dict.fromkeys((provider, model) for provider, model in used if model and provider != REHEARSAL)
    return list(found)[:MAX_RECENT]
