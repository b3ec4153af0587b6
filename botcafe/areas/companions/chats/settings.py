"""Changing the settings of one chat: title and tags, persona, author's note, speaking order, model."""

from collections.abc import Callable, Mapping
from typing import cast

from django.db import transaction

from botcafe.areas.accounts.retention import mail_notice
from botcafe.areas.companions.chats.folders import read_folder_name
from botcafe.areas.companions.chats.participants import find_own_preset
from botcafe.areas.companions.chats.settings_model import (
    MAX_NOTE_CHARACTERS,
    ChatSettings,
    read_author_note,
    read_auto_mode,
    read_chat_settings,
)
from botcafe.areas.companions.collections.conversation import (
    MAX_RETENTION_DAYS,
    SPEAKING_ORDERS,
    Conversation,
    retention_values,
)
from botcafe.areas.companions.collections.persona import PERSONAS, Persona
from botcafe.areas.companions.messages.tree import lock_own_chat
from botcafe.areas.companions.turns.model_choice import read_model_choice
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden, NotFound
from botcafe.kit.ids import parse_row_id
from botcafe.kit.instants import now

STATUSES = ("active", "archived", "muted", "pinned")
MAX_TITLE_CHARACTERS = 200
MAX_TAG_CHARACTERS = 50
MAX_TAGS = 30
MAX_PERSONA_CHANGES = 500
Setter = Callable[[Actor, Conversation, object], None]


def change_settings(actor: Actor, conversation_id: int, given: Mapping[str, object]) -> ChatSettings:
    """Change what is named and nothing else: the settings afterwards. Raises NotFound and BadRequest."""
    unknown = sorted(set(given) - set(SETTERS))
    if unknown or not given:
        raise BadRequest(f"Settings are {', '.join(SETTERS)}; not {', '.join(map(str, unknown))[:100] or 'nothing'}.")
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        for name, value in given.items():
            SETTERS[name](actor, chat, value)
        chat.save()
        return read_chat_settings(chat)


def find_own_persona(actor: Actor, given: object) -> Persona | None:
    """Get one of the actor's own personas by id; None for none. Raises NotFound."""
    if given in (None, ""):
        return None
    found: Persona | None = PERSONAS.visible_to(actor).filter(pk=parse_row_id(given) or 0, user=actor.id).first()
    if found is None:
        raise NotFound("There is no such persona of yours.")
    return found


def refuse_hidden_persona(actor: Actor, persona: Persona) -> None:
    """Raises Forbidden where the actor may no longer read a persona that a chat of theirs wears."""
    if persona.user_id != actor.id and not PERSONAS.visible_to(actor).filter(pk=persona.pk).exists():
        raise Forbidden("The persona of this chat is not open to you any more. Choose another.")


def set_persona(chat: Conversation, persona: Persona | None) -> None:
    """Set the persona of a chat from here on, and record the change in ``participants.persona_changes``."""
    new = persona.pk if persona else None
    if new == chat.persona_id:
        return
    participants = chat.participants if isinstance(chat.participants, dict) else {}
    changes = participants.get("persona_changes")
    changes = changes if isinstance(changes, list) else []
    change = {"from": chat.persona_id, "to": new, "at": now(), "message": chat.active_leaf_id}
    personas = participants.get("personas")
    former = [each for each in personas if isinstance(each, str | int)] if isinstance(personas, list) else []
    chat.participants = {
        **participants,
        "personas": list(dict.fromkeys([*map(str, former), *([str(new)] if new else [])])),
        "persona_changes": [*changes, change][-MAX_PERSONA_CHANGES:],
    }
    chat.persona = persona


def _set_title(actor: Actor, chat: Conversation, value: object) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TITLE_CHARACTERS:
        raise BadRequest(f"title must be 1 to {MAX_TITLE_CHARACTERS} characters.")
    chat.title = " ".join(value.split())


def _set_status(actor: Actor, chat: Conversation, value: object) -> None:
    if value not in STATUSES:
        raise BadRequest(f"status must be one of {', '.join(STATUSES)}.")
    chat.status = value


def _set_tags(actor: Actor, chat: Conversation, value: object) -> None:
    given = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(t, str) and len(t) <= MAX_TAG_CHARACTERS for t in given):
        raise BadRequest(f"tags must be a list of words of at most {MAX_TAG_CHARACTERS} characters.")
    tags = list(dict.fromkeys(each.strip() for each in given if each.strip()))
    if len(tags) > MAX_TAGS:
        raise BadRequest(f"A chat has at most {MAX_TAGS} tags.")
    chat.conversation_metadata_tags = tags


def _set_folder(actor: Actor, chat: Conversation, value: object) -> None:
    chat.folder = read_folder_name(value)


def _set_persona_by_id(actor: Actor, chat: Conversation, value: object) -> None:
    set_persona(chat, find_own_persona(actor, value))


def _set_note(actor: Actor, chat: Conversation, value: object) -> None:
    # A form sends the text alone: depth and role stay as they are.
    if isinstance(value, str):
        value = {**read_author_note(chat.author_note).as_json(), "text": value}
    if value is not None and not isinstance(value, dict):
        raise BadRequest("author_note must be {text, depth, role, every}.")
    if len(str((value or {}).get("text") or "")) > MAX_NOTE_CHARACTERS:
        raise BadRequest(f"author_note: the text has at most {MAX_NOTE_CHARACTERS:,} characters.")
    former = read_author_note(chat.author_note).as_json()
    chat.author_note = read_author_note({**former, **value}).as_json() if value else None


def _set_order(actor: Actor, chat: Conversation, value: object) -> None:
    if value not in SPEAKING_ORDERS:
        raise BadRequest(f"speaking_order must be one of {', '.join(SPEAKING_ORDERS)}.")
    chat.speaking_order = value


def _set_auto(actor: Actor, chat: Conversation, value: object) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("on"), bool):
        raise BadRequest("auto must be {on: true or false, delay_seconds, turns}.")
    former = read_auto_mode(chat.auto_mode).as_json()
    chat.auto_mode = read_auto_mode({**former, "turns": 10, **value}).as_json()


def _set_scenario(actor: Actor, chat: Conversation, value: object) -> None:
    if value is not None and (not isinstance(value, str) or len(value) > MAX_NOTE_CHARACTERS):
        raise BadRequest(f"scenario must be a text of at most {MAX_NOTE_CHARACTERS:,} characters.")
    chat.scene = value or None


def _set_preset(actor: Actor, chat: Conversation, value: object) -> None:
    chat.preset = find_own_preset(actor, value)


def _set_model(actor: Actor, chat: Conversation, value: object) -> None:
    chat.model_choice = read_model_choice(actor, value)


def _token_limit_setter(name: str, minimum: int, maximum: int) -> Setter:
    def set_limit(actor: Actor, chat: Conversation, value: object) -> None:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (is_whole and minimum <= value <= maximum):  # type: ignore[operator]
            raise BadRequest(f"{name} must be a whole number from {minimum:,} to {maximum:,}, or null.")
        setattr(chat, name, value)

    return set_limit


def _set_memory(actor: Actor, chat: Conversation, value: object) -> None:
    if not isinstance(value, bool):
        raise BadRequest("memory must be true or false.")
    chat.is_memory_off = not value


def _switch_setter(name: str, column: str) -> Setter:
    def set_switch(actor: Actor, chat: Conversation, value: object) -> None:
        if not isinstance(value, bool):
            raise BadRequest(f"{name} must be true or false.")
        setattr(chat, column, value)

    return set_switch


def _set_retention(actor: Actor, chat: Conversation, value: object) -> None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if value is not None and not (is_whole and 1 <= value <= MAX_RETENTION_DAYS):  # type: ignore[operator]
        raise BadRequest(
            f"message_retention_days must be a whole number of days from 1 to {MAX_RETENTION_DAYS:,}, or null to keep them."
        )
    present = read_chat_settings(chat)
    days = cast(int | None, value)
    since = chat.retention_since
    for column, each in retention_values(days, present.retention_days, since).items():
        setattr(chat, column, each)
    if days is not None and chat.retention_since != since:
        mail_notice(actor.email, days, chat.title or "-")


SETTERS: dict[str, Setter] = {
    "title": _set_title,
    "status": _set_status,
    "tags": _set_tags,
    "folder": _set_folder,
    "persona": _set_persona_by_id,
    "author_note": _set_note,
    "speaking_order": _set_order,
    "auto": _set_auto,
    "scenario": _set_scenario,
    "preset": _set_preset,
    "model": _set_model,
    "memory": _set_memory,
    "allow_file_sharing": _switch_setter("allow_file_sharing", "conversation_settings_allow_file_sharing"),
    "message_retention_days": _set_retention,
    "auto_save_conversations": _switch_setter(
        "auto_save_conversations", "conversation_settings_auto_save_conversations"
    ),
    "window_tokens": _token_limit_setter("window_tokens", 512, 2_000_000),
    "reply_tokens": _token_limit_setter("reply_tokens", 16, 200_000),
}
