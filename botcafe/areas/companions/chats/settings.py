"""What a person sets for one chat: its title and tags, who they are in it, the note, the order, the model."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from botcafe.areas.companions.chats.model_choice import read_choice
from botcafe.areas.companions.chats.participants import preset_of
from botcafe.areas.companions.chats.tree import own_chat
from botcafe.areas.companions.collections.conversation import SPEAKING_ORDERS, Conversation
from botcafe.areas.companions.collections.persona import PERSONAS, Persona
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.kit.instants import now

STATUSES = ("active", "archived", "muted", "pinned")
NOTE_ROLES = ("system", "user", "assistant")
LONGEST_TITLE = 200
LONGEST_NOTE = 20_000
MOST_TAGS = 30
MOST_TURNS = 100


def settings_of(chat: Conversation) -> dict[str, Any]:
    """The settings of a chat, complete and well formed, whatever was written over REST."""
    return {
        "title": chat.title or "",
        "status": chat.status,
        "tags": [str(t) for t in chat.conversation_metadata_tags or []],
        "persona": chat.persona_id,
        "author_note": note_of(chat.author_note),
        "speaking_order": chat.speaking_order or "natural",
        "auto": auto_of(chat.auto_mode),
        "scenario": chat.scene or "",
        "preset": chat.preset_id,
        "model": chat.model_choice if isinstance(chat.model_choice, dict) else {},
        "window_tokens": _whole_or_none(chat.window_tokens),
        "reply_tokens": _whole_or_none(chat.reply_tokens),
        "is_temporary": bool(chat.is_temporary),
        "memory": not chat.is_memory_off,
    }


def _whole_or_none(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and value > 0 else None


def note_of(given: Any) -> dict[str, Any]:
    """An author's note: ``{text, depth, role, every}``; depth 0 is after the last message."""
    raw = given if isinstance(given, dict) else {}
    return {
        "text": str(raw.get("text") or "")[:LONGEST_NOTE],
        "depth": _within(raw.get("depth"), 0, 1000, 4),
        "role": raw.get("role") if raw.get("role") in NOTE_ROLES else "system",
        "every": _within(raw.get("every"), 1, 1000, 1),
    }


def auto_of(given: Any) -> dict[str, Any]:
    """Auto mode: ``{on, delay_seconds, turns}``; ``turns`` are those that are left."""
    raw = given if isinstance(given, dict) else {}
    turns = _within(raw.get("turns"), 0, MOST_TURNS, 10)
    return {
        "on": raw.get("on") is True and turns > 0,
        "delay_seconds": _within(raw.get("delay_seconds"), 0, 600, 5),
        "turns": turns,
    }


def _within(value: Any, least: int, most: int, default: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return default
    return int(min(max(value, least), most))


def change_settings(actor: Actor, conversation_id: int, given: dict[str, Any]) -> dict[str, Any]:
    """Change what is named and nothing else: the settings afterwards. Raises NotFound and BadRequest."""
    unknown = sorted(set(given) - set(SETTERS))
    if unknown or not given:
        raise BadRequest(f"Settings are {', '.join(SETTERS)}; not {', '.join(map(str, unknown))[:100] or 'nothing'}.")
    with transaction.atomic():
        chat = own_chat(actor, conversation_id)
        for name, value in given.items():
            SETTERS[name](actor, chat, value)
        chat.save()
        return settings_of(chat)


def _set_title(actor: Actor, chat: Conversation, value: Any) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TITLE:
        raise BadRequest(f"title must be 1 to {LONGEST_TITLE} characters.")
    chat.title = " ".join(value.split())


def _set_status(actor: Actor, chat: Conversation, value: Any) -> None:
    if value not in STATUSES:
        raise BadRequest(f"status must be one of {', '.join(STATUSES)}.")
    chat.status = value


def _set_tags(actor: Actor, chat: Conversation, value: Any) -> None:
    given = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(each, str) and len(each) <= 50 for each in given):
        raise BadRequest("tags must be a list of words of at most 50 characters.")
    kept = list(dict.fromkeys(each.strip() for each in given if each.strip()))
    if len(kept) > MOST_TAGS:
        raise BadRequest(f"A chat has at most {MOST_TAGS} tags.")
    chat.conversation_metadata_tags = kept


def own_persona(actor: Actor, given: Any) -> Persona | None:
    """Get a persona that the actor may wear: an own one; None for none. Raises NotFound."""
    if given in (None, ""):
        return None
    number = int(given) if str(given).isdecimal() and len(str(given)) < 19 else 0
    found: Persona | None = PERSONAS.visible_to(actor).filter(pk=number, user=actor.id).first()
    if found is None:
        raise NotFound("There is no such persona of yours.")
    return found


def wear(chat: Conversation, persona: Persona | None) -> None:
    """Switch the persona of a chat from here on, and note when."""
    new = persona.pk if persona else None
    if new == chat.persona_id:
        return
    participants = chat.participants if isinstance(chat.participants, dict) else {}
    changes = participants.get("persona_changes")
    changes = changes if isinstance(changes, list) else []
    change = {"from": chat.persona_id, "to": new, "at": now(), "message": chat.active_leaf_id}
    worn = [p for p in participants.get("personas") or [] if isinstance(p, str | int)]
    chat.participants = {
        **participants,
        "personas": list(dict.fromkeys([*map(str, worn), *([str(new)] if new else [])])),
        "persona_changes": [*changes, change][-500:],
    }
    chat.persona = persona


def _set_persona(actor: Actor, chat: Conversation, value: Any) -> None:
    wear(chat, own_persona(actor, value))


def _set_note(actor: Actor, chat: Conversation, value: Any) -> None:
    if isinstance(value, str):
        value = {**note_of(chat.author_note), "text": value}
    if value is not None and not isinstance(value, dict):
        raise BadRequest("author_note must be {text, depth, role, every}.")
    if len(str((value or {}).get("text") or "")) > LONGEST_NOTE:
        raise BadRequest(f"author_note: the text has at most {LONGEST_NOTE:,} characters.")
    chat.author_note = note_of({**note_of(chat.author_note), **value}) if value else None


def _set_order(actor: Actor, chat: Conversation, value: Any) -> None:
    if value not in SPEAKING_ORDERS:
        raise BadRequest(f"speaking_order must be one of {', '.join(SPEAKING_ORDERS)}.")
    chat.speaking_order = value


def _set_auto(actor: Actor, chat: Conversation, value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("on"), bool):
        raise BadRequest("auto must be {on: true or false, delay_seconds, turns}.")
    chat.auto_mode = auto_of({**auto_of(chat.auto_mode), "turns": 10, **value})


def _set_scenario(actor: Actor, chat: Conversation, value: Any) -> None:
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST_NOTE):
        raise BadRequest(f"scenario must be a text of at most {LONGEST_NOTE:,} characters.")
    chat.scene = value or None


def _set_preset(actor: Actor, chat: Conversation, value: Any) -> None:
    chat.preset = preset_of(actor, value)


def _set_model(actor: Actor, chat: Conversation, value: Any) -> None:
    chat.model_choice = read_choice(actor, value)


def _tokens(name: str, least: int, most: int) -> Callable[[Actor, Conversation, Any], None]:
    def set_it(actor: Actor, chat: Conversation, value: Any) -> None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most):
            raise BadRequest(f"{name} must be a whole number from {least:,} to {most:,}, or null.")
        setattr(chat, name, value)

    return set_it


def _set_memory(actor: Actor, chat: Conversation, value: Any) -> None:
    if not isinstance(value, bool):
        raise BadRequest("memory must be true or false.")
    chat.is_memory_off = not value


SETTERS: dict[str, Callable[[Actor, Conversation, Any], None]] = {
    "title": _set_title,
    "status": _set_status,
    "tags": _set_tags,
    "persona": _set_persona,
    "author_note": _set_note,
    "speaking_order": _set_order,
    "auto": _set_auto,
    "scenario": _set_scenario,
    "preset": _set_preset,
    "model": _set_model,
    "memory": _set_memory,
    "window_tokens": _tokens("window_tokens", 512, 2_000_000),
    "reply_tokens": _tokens("reply_tokens", 16, 200_000),
}
