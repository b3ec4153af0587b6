"""The faces that people wear in chats: listed, made, changed, taken away."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from botcafe.areas.companions.actions import FLAT
from botcafe.areas.companions.cards import with_picture
from botcafe.areas.companions.collections.conversation import CONVERSATIONS
from botcafe.areas.companions.collections.persona import PERSONAS, Persona
from botcafe.areas.companions.settings import own_persona
from botcafe.cms import writing
from botcafe.cms.actor import Actor
from botcafe.cms.errors import Forbidden, NotFound
from botcafe.kit.instants import now
from botcafe.kit.undo import undone_on_failure

TRAITS = ("tone", "communication_style", "humor_style", "formality_level")
OPTIONS: dict[str, tuple[str, ...]] = {
    name: tuple(Persona._meta.get_field(f"personality_traits_{name}").face.options)  # type: ignore[union-attr]
    for name in TRAITS
}
DESCRIPTION = 500
"""How long a description may be; what an imported one has beyond goes into the custom instructions."""
MOST_LISTED = 500
NAMED_CHATS = 3


@dataclass(slots=True)
class PersonaCard:
    """A persona in a list: the row, its picture, and the chats where it is worn (the newest ones with their names)."""

    row: Persona
    picture_url: str | None
    chats: list[tuple[int, str]] = field(default_factory=list)
    chat_count: int = 0


def personas_of(actor: Actor) -> list[PersonaCard]:
    """The actor's own personas, the usual one first, then the newest. Two queries."""
    rows = PERSONAS.visible_to(actor).filter(user=actor.id).select_related("appearance_avatar")
    found = {row.pk: _card(row) for row in rows.order_by("-id")[:MOST_LISTED]}
    chats = CONVERSATIONS.visible_to(actor).filter(user=actor.id, persona__in=list(found), deleted_at__isnull=True)
    for persona_id, chat_id, title in chats.order_by("-id").values_list("persona_id", "pk", "title"):
        card = found[persona_id]
        card.chat_count += 1
        if len(card.chats) < NAMED_CHATS:
            card.chats.append((chat_id, title or "A chat"))
    return sorted(found.values(), key=lambda card: not card.row.is_default)


def _card(row: Persona) -> PersonaCard:
    return PersonaCard(row, row.appearance_avatar.url if row.appearance_avatar else None)


def persona_of(actor: Actor, persona_id: int) -> PersonaCard:
    """Get one of the actor's own personas. Raises NotFound."""
    return _card(_own(actor, persona_id))


def _own(actor: Actor, persona_id: int) -> Persona:
    found = own_persona(actor, persona_id)
    if found is None:
        raise NotFound
    return found


def save_persona(actor: Actor, data: dict[str, Any], persona_id: int | None = None) -> int:
    """Make a persona, or change one: its id. ``data`` has flat names, and may bring or take away a picture.

    Raises NotFound, Forbidden and ValidationFailed, and ApiError for a picture that is none.
    """
    if not actor.is_signed_in:
        raise Forbidden
    if persona_id is not None:
        _own(actor, persona_id)
    with undone_on_failure(), transaction.atomic():
        document = _document(actor, data)
        if persona_id is None:
            made = writing.create(PERSONAS, actor, {**document, "created_timestamp": now()}, FLAT)
        else:
            made = writing.update_by_id(PERSONAS, actor, persona_id, document, FLAT)
        if made["is_default"]:
            _unset_others(actor, int(made["id"]))
    return int(made["id"])


def _document(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """The flat fields as the collection has them; a new picture is kept on the way."""
    given = dict(data)
    upload, removed = given.pop("picture_upload", None), given.pop("no_picture", False)
    document = {name: value for name, value in given.items() if name not in TRAITS}
    document["personality_traits"] = {name: given[name] or None for name in TRAITS if name in given}
    document["modified_timestamp"] = now()
    if upload is not None:
        kept = with_picture(actor, {"picture_upload": upload, "name": given.get("name")})
        document["appearance"] = {"avatar": kept["picture"]}
    elif removed:
        document["appearance"] = {"avatar": None}
    return document


def _unset_others(actor: Actor, persona_id: int) -> None:
    Persona.objects.filter(user=actor.id, is_default=True).exclude(pk=persona_id).update(is_default=False)


def make_default(actor: Actor, persona_id: int, *, on: bool) -> None:
    """Wear it in every new chat, instead of any other; or none. Raises NotFound."""
    save_persona(actor, {"is_default": on}, persona_id)


def delete_persona(actor: Actor, persona_id: int) -> None:
    """Forget a persona: chats that wear it go on without. Raises NotFound, and Conflict where something needs it."""
    _own(actor, persona_id)
    writing.delete_by_id(PERSONAS, actor, persona_id, FLAT)
