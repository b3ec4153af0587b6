"""Which model somebody chose: ``{}`` leaves it to the next level, ``{"model": "rehearsal"}`` is the built-in voice.

Precedence: the bot's part in this chat, the chat, the person's own default, the built-in voice.
"""

from typing import Any

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.keys.collections.api_key import API_KEYS
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.llm.protocol import MAX_MODEL_NAME_CHARACTERS

REHEARSAL = "rehearsal"
# What a reply without a key names as its model where the bot has a written scene; its provider is the rehearsal too.
SCENE = "scene"


def read_model_choice(actor: Actor, given: object) -> dict[str, Any]:
    """Check what was chosen: ``{key, model}``, rehearsal, or nothing. Raises BadRequest and NotFound."""
    if given in (None, {}, ""):
        return {}
    if not isinstance(given, dict):
        raise BadRequest('model must be {"key": id, "model": "name"}, or {} for your default.')
    name = str(given.get("model") or "").strip()
    if len(name) > MAX_MODEL_NAME_CHARACTERS:
        raise BadRequest(f"model: a name has at most {MAX_MODEL_NAME_CHARACTERS} characters.")
    key = given.get("key")
    if key in (None, ""):
        if name and name != REHEARSAL:
            raise BadRequest("model: a model needs the key that pays for it.")
        return {"model": REHEARSAL} if name else {}
    if not str(key).isdecimal() or len(str(key)) > 18:
        raise BadRequest("key must be the id of one of your keys.")
    if not API_KEYS.visible_to(actor).filter(pk=int(key), user=actor.id).exists():
        raise NotFound("This key is not there any more.")
    return {"key": int(key), "model": name}


def first_chosen(*choices: object) -> dict[str, Any]:
    """The first level that says anything; tolerates what was written over REST."""
    for choice in choices:
        if isinstance(choice, dict) and (str(choice.get("key") or "").isdecimal() or choice.get("model") == REHEARSAL):
            return choice
    return {}


def default_model_choice(user_id: int) -> dict[str, Any]:
    """The person's own default."""
    found = User.objects.filter(pk=user_id).values_list("default_model", flat=True).first()
    return found if isinstance(found, dict) else {}


def set_default_model(actor: Actor, given: object) -> dict[str, Any]:
    """Choose what answers wherever nothing else was chosen. Raises BadRequest and NotFound."""
    choice = read_model_choice(actor, given)
    User.objects.filter(pk=actor.id).update(default_model=choice)
    return choice
