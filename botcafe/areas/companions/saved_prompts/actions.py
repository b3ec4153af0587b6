"""Saved prompts: list, save, delete."""

from dataclasses import dataclass
from typing import TypedDict

from django.db import transaction

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.companions.bots.actions import DEPTH_ZERO
from botcafe.areas.companions.collections.saved_prompt import MAX_NAME_CHARACTERS as MAX_NAME_CHARACTERS
from botcafe.areas.companions.collections.saved_prompt import MAX_TEXT_CHARACTERS as MAX_TEXT_CHARACTERS
from botcafe.areas.companions.collections.saved_prompt import SAVED_PROMPTS, SavedPrompt
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.cms.write import write_operations

MAX_SAVED_PROMPTS = 200
MAX_QUICK_REPLIES = 8


class SavedPromptFields(TypedDict):
    """What a form gives of a saved prompt."""

    name: str
    text: str
    is_button: bool
    sends_at_once: bool


@dataclass(frozen=True, slots=True)
class SavedPromptItem:
    """A saved prompt as pages show it."""

    id: int
    name: str
    text: str
    is_button: bool
    sends_at_once: bool


def _item(row: SavedPrompt) -> SavedPromptItem:
    return SavedPromptItem(row.pk, row.name, row.text, bool(row.is_button), bool(row.sends_at_once))


def list_saved_prompts(actor: Actor) -> list[SavedPromptItem]:
    """The actor's saved prompts by name, at most ``MAX_SAVED_PROMPTS``."""
    rows = SAVED_PROMPTS.visible_to(actor).filter(user=actor.id)
    return [_item(row) for row in rows.order_by("name", "id")[:MAX_SAVED_PROMPTS]]


def list_quick_replies(actor: Actor) -> list[SavedPromptItem]:
    """Those that stand as buttons above the composer, by name, at most ``MAX_QUICK_REPLIES``."""
    rows = SAVED_PROMPTS.visible_to(actor).filter(user=actor.id, is_button=True)
    return [_item(row) for row in rows.order_by("name", "id")[:MAX_QUICK_REPLIES]]


def saved_prompt_for(actor: Actor, prompt_id: int) -> SavedPromptItem:
    """Get one of the actor's saved prompts. Raises NotFound."""
    found: SavedPrompt | None = SAVED_PROMPTS.visible_to(actor).filter(pk=prompt_id, user=actor.id).first()
    if found is None:
        raise NotFound
    return _item(found)


def save_prompt(actor: Actor, data: SavedPromptFields, prompt_id: int | None = None) -> int:
    """Create a saved prompt, or change one; returns its id. Raises NotFound, BadRequest and ValidationFailed."""
    with transaction.atomic():
        if prompt_id is not None:
            saved_prompt_for(actor, prompt_id)
            made = write_operations.update_by_id(SAVED_PROMPTS, actor, prompt_id, dict(data), DEPTH_ZERO)
        else:
            _refuse_too_many(actor)
            made = write_operations.create_document(SAVED_PROMPTS, actor, dict(data), DEPTH_ZERO)
    return int(made["id"])


def _refuse_too_many(actor: Actor) -> None:
    User.objects.select_for_update().filter(pk=actor.id).first()  # two windows that save at once are counted in turn
    if SAVED_PROMPTS.visible_to(actor).filter(user=actor.id).count() >= MAX_SAVED_PROMPTS:
        raise BadRequest(f"You have {MAX_SAVED_PROMPTS} saved prompts, which is the limit. Delete one to save another.")


def delete_saved_prompt(actor: Actor, prompt_id: int) -> None:
    """Delete a saved prompt. Raises NotFound."""
    saved_prompt_for(actor, prompt_id)
    write_operations.delete_by_id(SAVED_PROMPTS, actor, prompt_id, DEPTH_ZERO)
