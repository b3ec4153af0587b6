"""What stands beside a chat: who is in it, and how they answer."""

from typing import Any

from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.chats import participants
from botcafe.areas.companions.chats.lore_links import list_chat_lore
from botcafe.areas.companions.chats.model_choice import REHEARSAL, default_model_choice, first_chosen
from botcafe.areas.companions.chats.settings_model import NOTE_ROLES, read_chat_settings
from botcafe.areas.keys.queries import keys_of
from botcafe.cms.query import read_operations
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection

ORDERS = (
    ("natural", "Naturally: who is named, then as they feel"),
    ("mention", "Only who is named, else the first"),
    ("list", "All, one after another"),
    ("pooled", "One that has not spoken yet"),
    ("manual", "Only whom I ask"),
)


def drawer_of(actor: Actor, chat: Any, find: str = "", *, with_lore: bool = False) -> dict[str, Any]:
    """Everything that the drawer and the writing line show of a chat. Its lore is asked for by who opens that part."""
    now = read_chat_settings(chat)
    options = model_options(actor)
    people = [{**bot, "models": _chosen(options, bot["model"])} for bot in participants.participants_as_json(chat)]
    usual = default_model_choice(int(actor.id or 0))
    return {
        "settings": now.as_json(),
        "cast": people,
        "models": _with_default(usual, _chosen(options, now.model), now.model),
        "rehearsal": not first_chosen(now.model, usual).get("key"),
        "personas": _own(actor, "personas"),
        "lore": list_chat_lore(actor, chat) if with_lore else None,
        "presets": _own(actor, "samplerPresets"),
        "orders": ORDERS,
        "roles": participants.ROLES,
        "note_roles": NOTE_ROLES,
        "find": find,
        "found": _found(actor, find, {bot["id"] for bot in people}),
    }


def model_options(actor: Actor) -> list[tuple[str, str]]:
    """Everything that may answer: value and label."""
    options = [(REHEARSAL, "Rehearsal voice (no key)")]
    for key in keys_of(actor):
        options += [(f"{key.id}:{m}", f"{m} · {key.nickname}") for m in key.models if key.is_active]
    return options


def value_of(choice: dict[str, Any] | None) -> str:
    """A choice of model as a form's value."""
    given = choice or {}
    return f"{given['key']}:{given.get('model', '')}" if given.get("key") else str(given.get("model") or "")


def choice_of(value: str) -> dict[str, Any]:
    """A form's value as a choice of model."""
    key, colon, name = value.partition(":")
    return {"key": int(key), "model": name} if colon and key.isdecimal() else {"model": value} if value else {}


def _chosen(options: list[tuple[str, str]], choice: dict[str, Any] | None) -> list[dict[str, Any]]:
    wanted = value_of(choice)
    known = [*options] if not wanted or wanted in dict(options) else [*options, (wanted, wanted.partition(":")[2])]
    return [{"value": value, "label": label, "selected": value == wanted} for value, label in known]


def _with_default(
    default: dict[str, Any], options: list[dict[str, Any]], choice: dict[str, Any]
) -> list[dict[str, Any]]:
    usual = value_of(default) or REHEARSAL
    label = next((each["label"] for each in options if each["value"] == usual), usual)
    return [{"value": "", "label": f"As usual: {label}", "selected": not value_of(choice)}, *options]


def _own(actor: Actor, slug: str) -> list[dict[str, Any]]:
    asked = {"where": {"user": {"equals": str(actor.id)}}, "limit": "200", "depth": "0", "sort": "name"}
    found = read_operations.find_documents(get_collection(slug), actor, read_operations.Query(asked))
    return [dict(doc) for doc in found["docs"]]


def _found(actor: Actor, find: str, present: set[int]) -> list[dict[str, Any]]:
    if not find.strip():
        return []
    bots, _ = bot_queries.bots_for(actor, find[:200], 1)
    rows = [bot for bot in bots if bot.pk not in present][:8]
    return [{"id": b.pk, "name": b.name, "picture_url": b.picture.url if b.picture else None} for b in rows]
