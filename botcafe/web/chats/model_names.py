"""The model that was chosen somewhere: as a form's value, and by the name that people read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy

from botcafe.areas.companions.turns.model_choice import REHEARSAL
from botcafe.areas.keys.queries import KeyListItem
from botcafe.kit.ids import parse_row_id

REHEARSAL_LABEL = gettext_lazy("Rehearsal responder (no key)")
SCENE_LABEL = gettext_lazy("Written scene")
CHAT_MODEL_LABEL = gettext_lazy("The model of this chat")
ModelChoice = Mapping[str, object]
"""The stored choice of a model: ``{key, model}``, ``{model}`` for one of the installation's, or empty."""


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """What is chosen in one place: the form's value, and its name; ``is_default`` where nothing is chosen there."""

    value: str
    name: str
    is_default: bool


def model_options(keys: Iterable[KeyListItem], without_key: str = "") -> list[tuple[str, str]]:
    """Everything that may answer: value and label; ``without_key`` is the label of what needs no key."""
    options = [(REHEARSAL, without_key or str(REHEARSAL_LABEL))]
    for key in keys:
        options += [(f"{key.id}:{m}", f"{m} · {key.nickname}") for m in key.models if key.is_active]
    return options


def model_value(choice: ModelChoice | None) -> str:
    """A stored choice of model as a form's value, ``key:model``."""
    given = choice or {}
    return f"{given['key']}:{given.get('model', '')}" if given.get("key") else str(given.get("model") or "")


def parse_model_value(value: str) -> ModelChoice:
    """A form's value as a choice of model."""
    key, colon, name = value.partition(":")
    number = parse_row_id(key) if colon else None
    return {"key": number, "model": name} if number is not None else {"model": value} if value else {}


def model_name(value: str, without_key: str, keys: Iterable[KeyListItem] = ()) -> str:
    """The name of a form's value: of a key without a named model its first one, else the key's name."""
    if value in ("", REHEARSAL):
        return without_key
    number, _, name = value.partition(":")
    key = None if name else next((each for each in keys if str(each.id) == number), None)
    return name or (next(iter(key.models), key.nickname) if key else gettext("A key that is gone"))


def chosen_model(
    choice: ModelChoice | None, default_name: str, without_key: str, keys: list[KeyListItem]
) -> ChosenModel:
    """What is chosen; ``default_name`` is shown where nothing is."""
    value = model_value(choice)
    return ChosenModel(value, model_name(value, without_key, keys) if value else default_name, is_default=not value)
