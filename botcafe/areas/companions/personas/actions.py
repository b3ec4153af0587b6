"""The faces that people wear in chats: listed, made, changed, taken away."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from botcafe.areas.companions.bots.actions import DEPTH_ZERO
from botcafe.areas.companions.bots.card_import import with_picture
from botcafe.areas.companions.chats.settings import find_own_persona
from botcafe.areas.companions.collections.conversation import CONVERSATIONS
from botcafe.areas.companions.collections.persona import PERSONA_VERSIONS, PERSONAS, Persona
from botcafe.cms.revisions import RowVersion
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden, NotFound
from botcafe.cms.write import write_operations
from botcafe.kit.compensation import compensate_on_failure
from botcafe.kit.instants import now

FIELD_GROUPS = {
    "personality_traits": ("tone", "communication_style", "humor_style", "formality_level"),
    "behavior_settings": ("response_length", "creativity_level", "knowledge_sharing"),
    "interaction_preferences": ("preferred_topics", "avoid_topics", "conversation_starter", "signature_phrases"),
    "appearance": ("visual_theme", "color_scheme"),
}
COLUMNS = {name: f"{group}_{name}" for group, names in FIELD_GROUPS.items() for name in names}
"""The column of each field of a group."""


def _options(column: str) -> tuple[str, ...]:
    face = Persona._meta.get_field(column).spec  # type: ignore[union-attr]
    return tuple(getattr(face, "options", None) or ())


FIELD_OPTIONS = {name: found for name, column in COLUMNS.items() if (found := _options(column))}
"""What may be chosen, of the fields where one chooses."""
MAX_DESCRIPTION_CHARACTERS = 500
"""How long a description may be; what an imported one has beyond goes into the custom instructions."""
MAX_PERSONAS_LISTED = 500
MAX_CHATS_NAMED = 3


@dataclass(slots=True)
class PersonaCard:
    """A persona in a list: the row, its picture, and the chats where it is worn (the newest ones with their names)."""

    row: Persona
    picture_url: str | None
    chats: list[tuple[int, str]] = field(default_factory=list)
    chat_count: int = 0


def list_personas(actor: Actor) -> list[PersonaCard]:
    """The actor's own personas, the usual one first, then the newest. Two queries."""
    rows = PERSONAS.visible_to(actor).filter(user=actor.id).select_related("appearance_avatar")
    found = {row.pk: _persona_card(row) for row in rows.order_by("-id")[:MAX_PERSONAS_LISTED]}
    chats = CONVERSATIONS.visible_to(actor).filter(user=actor.id, persona__in=list(found), deleted_at__isnull=True)
    for persona_id, chat_id, title in chats.order_by("-id").values_list("persona_id", "pk", "title"):
        card = found[persona_id]
        card.chat_count += 1
        if len(card.chats) < MAX_CHATS_NAMED:
            card.chats.append((chat_id, title or "A chat"))
    return sorted(found.values(), key=lambda card: not card.row.is_default)


def _persona_card(row: Persona) -> PersonaCard:
    return PersonaCard(row, row.appearance_avatar.url if row.appearance_avatar else None)


def persona_card_for(actor: Actor, persona_id: int) -> PersonaCard:
    """Get one of the actor's own personas. Raises NotFound."""
    return _persona_card(_get_own_persona(actor, persona_id))


def _get_own_persona(actor: Actor, persona_id: int) -> Persona:
    found = find_own_persona(actor, persona_id)
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
        _get_own_persona(actor, persona_id)
    with compensate_on_failure(), transaction.atomic():
        document = _persona_document(actor, data)
        if persona_id is None:
            made = write_operations.create_document(
                PERSONAS, actor, {**document, "created_timestamp": now()}, DEPTH_ZERO
            )
        else:
            made = write_operations.update_by_id(PERSONAS, actor, persona_id, document, DEPTH_ZERO)
        if made["is_default"]:
            _unset_other_defaults(actor, int(made["id"]))
    return int(made["id"])


def _persona_document(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """The flat fields as the collection has them; a new picture is kept on the way."""
    given = dict(data)
    upload, removed = given.pop("picture_upload", None), given.pop("no_picture", False)
    document = {name: value for name, value in given.items() if name not in COLUMNS}
    for group, names in FIELD_GROUPS.items():
        document[group] = {name: given[name] or None for name in names if name in given}
    document["modified_timestamp"] = now()
    if upload is not None:
        kept = with_picture(actor, {"picture_upload": upload, "name": given.get("name")})
        document["appearance"]["avatar"] = kept["picture"]
    elif removed:
        document["appearance"]["avatar"] = None
    return document


def unsaved_persona(data: dict[str, Any]) -> Persona:
    """A persona as the form has it, that is not kept: for showing what the bots would be told."""
    return Persona(
        name=str(data.get("name") or "You"),
        description=str(data.get("description") or ""),
        custom_instructions=str(data.get("custom_instructions") or ""),
        **{column: data.get(name) or None for name, column in COLUMNS.items()},
    )


def list_persona_versions(actor: Actor, persona_id: int) -> list[RowVersion]:
    """The newest versions, newest first. Raises NotFound."""
    return PERSONA_VERSIONS.newest(_get_own_persona(actor, persona_id).pk)


def restore_persona_version(actor: Actor, persona_id: int, version_id: int) -> None:
    """Let a persona stand as it did; that is a new version itself. Raises NotFound, and ValidationFailed."""
    data = PERSONA_VERSIONS.data_of(_get_own_persona(actor, persona_id).pk, version_id)
    if data is None:
        raise NotFound
    names = {column: name for name, column in COLUMNS.items()}
    save_persona(actor, {names.get(column, column): value for column, value in data.items()}, persona_id)


def _unset_other_defaults(actor: Actor, persona_id: int) -> None:
    Persona.objects.filter(user=actor.id, is_default=True).exclude(pk=persona_id).update(is_default=False)


def make_default(actor: Actor, persona_id: int, *, on: bool) -> None:
    """Wear it in every new chat, instead of any other; or none. Raises NotFound."""
    save_persona(actor, {"is_default": on}, persona_id)


def delete_persona(actor: Actor, persona_id: int) -> None:
    """Forget a persona: chats that wear it go on without. Raises NotFound, and Conflict where something needs it."""
    _get_own_persona(actor, persona_id)
    write_operations.delete_by_id(PERSONAS, actor, persona_id, DEPTH_ZERO)
