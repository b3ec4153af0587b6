"""List, create, change, restore and delete personas."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from botcafe.areas.accounts.shown_files import shown_url
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
"""Form field to column; groups are flattened in forms and files."""


def _options(column: str) -> tuple[str, ...]:
    face = Persona._meta.get_field(column).spec  # type: ignore[union-attr]
    return tuple(getattr(face, "options", None) or ())


FIELD_OPTIONS = {name: found for name, column in COLUMNS.items() if (found := _options(column))}
"""Choices of the fields that are selects."""
MAX_DESCRIPTION_CHARACTERS = 500
"""Limit of a description; the rest of a longer imported one goes into the custom instructions."""
MAX_PERSONAS_LISTED = 500
MAX_CHATS_NAMED = 3


@dataclass(slots=True)
class PersonaCard:
    """A persona in a list, with the number of chats that use it and the id and title of the newest of them."""

    row: Persona
    picture_url: str | None
    chats: list[tuple[int, str]] = field(default_factory=list)
    chat_count: int = 0


def list_personas(actor: Actor) -> list[PersonaCard]:
    """The actor's own personas, the default first, then the newest. Two queries."""
    rows = PERSONAS.visible_to(actor).filter(user=actor.id).select_related("appearance_avatar")
    found = {row.pk: _persona_card(row) for row in rows.order_by("-id")[:MAX_PERSONAS_LISTED]}
    chats = CONVERSATIONS.visible_to(actor).filter(user=actor.id, persona__in=list(found), deleted_at__isnull=True)
    for persona_id, chat_id, title in chats.order_by("-id").values_list("persona_id", "pk", "title"):
        card = found[persona_id]
        card.chat_count += 1
        # Newest first, so that the first ones are the ones to name.
        if len(card.chats) < MAX_CHATS_NAMED:
            card.chats.append((chat_id, title or "A chat"))
    return sorted(found.values(), key=lambda card: not card.row.is_default)


def _persona_card(row: Persona) -> PersonaCard:
    return PersonaCard(row, shown_url(row.user_id, row.appearance_avatar))


def persona_card_for(actor: Actor, persona_id: int) -> PersonaCard:
    """Get one of the actor's own personas. Raises NotFound."""
    return _persona_card(_get_own_persona(actor, persona_id))


def _get_own_persona(actor: Actor, persona_id: int) -> Persona:
    found = find_own_persona(actor, persona_id)
    if found is None:
        raise NotFound
    return found


def save_persona(actor: Actor, data: dict[str, Any], persona_id: int | None = None) -> int:
    """Create a persona, or change one; returns its id. ``data`` has flat names, ``picture_upload`` and ``no_picture``.

    Raises NotFound, Forbidden and ValidationFailed, and ApiError for a file that is not a picture.
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
        # The rule "one default" is kept here: a constraint would fail on imports that bring several.
        if made["is_default"]:
            _unset_other_defaults(actor, int(made["id"]))
    return int(made["id"])


def _persona_document(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """Nest the flat form fields in their groups, and store an uploaded picture."""
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
    """Build an unsaved persona from form data, to preview the prompt text it would give."""
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
    """Restore a persona to an earlier version, which adds a new version. Raises NotFound and ValidationFailed."""
    data = PERSONA_VERSIONS.data_of(_get_own_persona(actor, persona_id).pk, version_id)
    if data is None:
        raise NotFound
    names = {column: name for name, column in COLUMNS.items()}
    save_persona(actor, {names.get(column, column): value for column, value in data.items()}, persona_id)


def _unset_other_defaults(actor: Actor, persona_id: int) -> None:
    Persona.objects.filter(user=actor.id, is_default=True).exclude(pk=persona_id).update(is_default=False)


def make_default(actor: Actor, persona_id: int, *, on: bool) -> None:
    """Make a persona the default of new chats, or (``on=False``) no longer. Raises NotFound."""
    save_persona(actor, {"is_default": on}, persona_id)


def delete_persona(actor: Actor, persona_id: int) -> None:
    """Delete a persona; chats that use it continue without. Raises NotFound, and Conflict where a row requires it."""
    _get_own_persona(actor, persona_id)
    write_operations.delete_by_id(PERSONAS, actor, persona_id, DEPTH_ZERO)
