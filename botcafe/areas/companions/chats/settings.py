"""What a person sets for one chat: its title and tags, who they are in it, the note, the order, the model."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from botcafe.areas.companions.chats.model_choice import read_model_choice
from botcafe.areas.companions.chats.participants import find_own_preset
from botcafe.areas.companions.chats.tree import lock_own_chat
from botcafe.areas.companions.collections.conversation import SPEAKING_ORDERS, Conversation
from botcafe.areas.companions.collections.persona import PERSONAS, Persona
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.kit.instants import now

STATUSES = ("active", "archived", "muted", "pinned")
NOTE_ROLES = ("system", "user", "assistant")
MAX_TITLE_CHARACTERS = 200
MAX_NOTE_CHARACTERS = 20_000
MAX_TAGS = 30
MAX_AUTO_TURNS = 100


def read_chat_settings(chat: Conversation) -> dict[str, Any]:
    """The settings of a chat, complete and well formed, whatever was written over REST."""
    return {
        "title": chat.title or "",
        "status": chat.status,
        "tags": [str(t) for t in chat.conversation_metadata_tags or []],
        "persona": chat.persona_id,
        "author_note": read_author_note(chat.author_note),
        "speaking_order": chat.speaking_order or "natural",
        "auto": read_auto_mode(chat.auto_mode),
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


def read_author_note(given: Any) -> dict[str, Any]:
    """An author's note: ``{text, depth, role, every}``; depth 0 is after the last message."""
    raw = given if isinstance(given, dict) else {}
    return {
        "text": str(raw.get("text") or "")[:MAX_NOTE_CHARACTERS],
        "depth": _clamp_number(raw.get("depth"), 0, 1000, 4),
        "role": raw.get("role") if raw.get("role") in NOTE_ROLES else "system",
        "every": _clamp_number(raw.get("every"), 1, 1000, 1),
    }


def read_auto_mode(given: Any) -> dict[str, Any]:
    """Auto mode: ``{on, delay_seconds, turns}``; ``turns`` are those that are left."""
    raw = given if isinstance(given, dict) else {}
    turns = _clamp_number(raw.get("turns"), 0, MAX_AUTO_TURNS, 10)
    return {
        "on": raw.get("on") is True and turns > 0,
        "delay_seconds": _clamp_number(raw.get("delay_seconds"), 0, 600, 5),
        "turns": turns,
    }


def _clamp_number(value: Any, least: int, most: int, default: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return default
    return int(min(max(value, least), most))


def change_settings(actor: Actor, conversation_id: int, given: dict[str, Any]) -> dict[str, Any]:
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


def _set_title(actor: Actor, chat: Conversation, value: Any) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TITLE_CHARACTERS:
        raise BadRequest(f"title must be 1 to {MAX_TITLE_CHARACTERS} characters.")
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
    if len(kept) > MAX_TAGS:
        raise BadRequest(f"A chat has at most {MAX_TAGS} tags.")
    chat.conversation_metadata_tags = kept


def find_own_persona(actor: Actor, given: Any) -> Persona | None:
    """Get a persona that the actor may wear: an own one; None for none. Raises NotFound."""
    if given in (None, ""):
        return None
    number = int(given) if str(given).isdecimal() and len(str(given)) < 19 else 0
    found: Persona | None = PERSONAS.visible_to(actor).filter(pk=number, user=actor.id).first()
    if found is None:
        raise NotFound("There is no such persona of yours.")
    return found


def set_persona(chat: Conversation, persona: Persona | None) -> None:
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


def _set_persona_by_id(actor: Actor, chat: Conversation, value: Any) -> None:
    set_persona(chat, find_own_persona(actor, value))


def _set_note(actor: Actor, chat: Conversation, value: Any) -> None:
    if isinstance(value, str):
        value = {**read_author_note(chat.author_note), "text": value}
    if value is not None and not isinstance(value, dict):
        raise BadRequest("author_note must be {text, depth, role, every}.")
    if len(str((value or {}).get("text") or "")) > MAX_NOTE_CHARACTERS:
        raise BadRequest(f"author_note: the text has at most {MAX_NOTE_CHARACTERS:,} characters.")
    chat.author_note = read_author_note({**read_author_note(chat.author_note), **value}) if value else None


def _set_order(actor: Actor, chat: Conversation, value: Any) -> None:
    if value not in SPEAKING_ORDERS:
        raise BadRequest(f"speaking_order must be one of {', '.join(SPEAKING_ORDERS)}.")
    chat.speaking_order = value


def _set_auto(actor: Actor, chat: Conversation, value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("on"), bool):
        raise BadRequest("auto must be {on: true or false, delay_seconds, turns}.")
    chat.auto_mode = read_auto_mode({**read_auto_mode(chat.auto_mode), "turns": 10, **value})


def _set_scenario(actor: Actor, chat: Conversation, value: Any) -> None:
    if value is not None and (not isinstance(value, str) or len(value) > MAX_NOTE_CHARACTERS):
        raise BadRequest(f"scenario must be a text of at most {MAX_NOTE_CHARACTERS:,} characters.")
    chat.scene = value or None


def _set_preset(actor: Actor, chat: Conversation, value: Any) -> None:
    chat.preset = find_own_preset(actor, value)


def _set_model(actor: Actor, chat: Conversation, value: Any) -> None:
    chat.model_choice = read_model_choice(actor, value)


def _token_limit_setter(name: str, least: int, most: int) -> Callable[[Actor, Conversation, Any], None]:
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
    "persona": _set_persona_by_id,
    "author_note": _set_note,
    "speaking_order": _set_order,
    "auto": _set_auto,
    "scenario": _set_scenario,
    "preset": _set_preset,
    "model": _set_model,
    "memory": _set_memory,
    "window_tokens": _token_limit_setter("window_tokens", 512, 2_000_000),
    "reply_tokens": _token_limit_setter("reply_tokens", 16, 200_000),
}
