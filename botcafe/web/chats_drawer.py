"""What stands beside a chat: who is in it, how they answer, and what a reply was made of."""

from typing import Any

from botcafe.areas.companions import cast, queries, settings
from botcafe.areas.companions.model_choice import REHEARSAL, default_of, first_chosen
from botcafe.areas.keys.queries import keys_of
from botcafe.cms import reading
from botcafe.cms.actor import Actor
from botcafe.cms.collection import collection
from botcafe.web.chats_shown import money

ORDERS = (
    ("natural", "Naturally: who is named, then as they feel"),
    ("mention", "Only who is named, else the first"),
    ("list", "All, one after another"),
    ("pooled", "One that has not spoken yet"),
    ("manual", "Only whom I ask"),
)
BAR = 1000
KINDS = {"persona": 3, "lore": 2, "memory": 4, "examples": 5, "note": 6}


def drawer_of(actor: Actor, chat: Any, find: str = "") -> dict[str, Any]:
    """Everything that the drawer and the writing line show of a chat."""
    now = settings.settings_of(chat)
    options = model_options(actor)
    people = [{**bot, "models": _chosen(options, bot["model"])} for bot in cast.cast_of(chat)]
    usual = default_of(int(actor.id or 0))
    return {
        "settings": now,
        "cast": people,
        "models": _with_default(usual, _chosen(options, now["model"]), now["model"]),
        "rehearsal": not first_chosen(now["model"], usual).get("key"),
        "personas": _own(actor, "personas"),
        "presets": _own(actor, "samplerPresets"),
        "orders": ORDERS,
        "roles": cast.ROLES,
        "note_roles": settings.NOTE_ROLES,
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
    found = reading.find(collection(slug), actor, reading.Query(asked))
    return [dict(doc) for doc in found["docs"]]


def _found(actor: Actor, find: str, present: set[int]) -> list[dict[str, Any]]:
    if not find.strip():
        return []
    bots, _ = queries.bots_for(actor, find[:200], 1)
    rows = [bot for bot in bots if bot.pk not in present][:8]
    return [{"id": b.pk, "name": b.name, "picture_url": b.picture.url if b.picture else None} for b in rows]


def inspector_of(told: dict[str, Any], *, is_preview: bool = False) -> dict[str, Any]:
    """What was sent, or would be, with a bar of how the window is filled."""
    blocks = [{**each, "is_included": each.get("included") is not False} for each in told.get("blocks") or []]
    names = ("total_tokens", "window_tokens", "reply_tokens", "model", "provider", "hops", "is_estimated")
    numbers = {name: int(told.get(name) or 0) for name in ("input_tokens", "output_tokens")}
    return {
        **{name: told.get(name) for name in names},
        **numbers,
        "blocks": _gathered(blocks),
        "bar": _bar(blocks, told),
        "cost": money(told.get("cost_usd")),
        "seconds": round((told.get("milliseconds") or 0) / 1000, 1),
        "is_preview": is_preview,
    }


def _gathered(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks as they are read: neighbouring messages under one head."""
    shown: list[dict[str, Any]] = []
    for each in blocks:
        is_said = _kind(each)[0] == 1
        if not is_said:
            shown.append(each)
        elif shown and shown[-1].get("lines") and shown[-1]["is_included"] == each["is_included"]:
            shown[-1]["lines"].append(each)
            shown[-1]["tokens"] += int(each.get("tokens") or 0)
        else:
            head = {
                "title": "What was said",
                "is_included": each["is_included"],
                "tokens": int(each.get("tokens") or 0),
            }
            shown.append({**head, "reason": each.get("reason"), "lines": [each]})
    return shown


def _bar(blocks: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
    """Pieces of a bar from 0 to 1000, neighbours of one kind as one; the room for the reply at its end."""
    parts: list[tuple[Any, str, int]] = []
    for each in blocks:
        if not each["is_included"] or not each.get("tokens"):
            continue
        kind, title = _kind(each)
        if parts and parts[-1][0] == kind:
            parts[-1] = (kind, parts[-1][1], parts[-1][2] + int(each["tokens"]))
        else:
            parts.append((kind, title, int(each["tokens"])))
    reply = int(told.get("reply_tokens") or 0)
    whole = max(int(told.get("window_tokens") or 0), sum(n for _, _, n in parts) + reply, 1)
    at, drawn = 0.0, []
    for kind, title, tokens in parts:
        width = BAR * tokens / whole
        drawn.append({"kind": kind, "x": f"{at:.1f}", "width": f"{width:.1f}", "title": f"{title}: {tokens} tokens"})
        at += width
    if reply:
        room = {"kind": "room", "title": f"Room for the reply: {reply} tokens"}
        drawn.append({**room, "x": f"{BAR - BAR * reply / whole:.1f}", "width": f"{BAR * reply / whole:.1f}"})
    return drawn


def _kind(block: dict[str, Any]) -> tuple[Any, str]:
    if block.get("slot") in {"history", "last"} and block.get("depth") is None:
        return 1, "What was said"
    name = str(block.get("id") or "").split(":")[0].split("-")[0]
    return KINDS.get(name, 0), str(block.get("title") or "")
