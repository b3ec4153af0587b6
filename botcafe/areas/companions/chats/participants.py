"""Who takes part in a chat, and who speaks next.

Orders: ``manual`` (only who is asked), ``mention`` (who is named, else the primary bot), ``natural`` (who is named, then
each by its talkativeness; at least one), ``list`` (all, in their order), ``pooled`` (one that has not spoken since the
person did). A moderator speaks when it is named or asked, and closes the round where all speak in order.
"""

import random
import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from botcafe.areas.companions.bots.card_data import card_data
from botcafe.areas.companions.chats.model_choice import read_choice
from botcafe.areas.companions.chats.tree import own_chat
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.companions.collections.conversation import Conversation, ConversationParticipation
from botcafe.areas.companions.collections.sampler_preset import SAMPLER_PRESETS
from botcafe.cms.db.prepared import Prepared
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, NotFound
from botcafe.kit.instants import now

ROLES = ("primary", "secondary", "moderator")
MOST_BOTS = 16
MOST_SPEAKERS = 8
TALKATIVENESS = 0.5
ACTS = ("add", "remove", "mute", "unmute", "bot")


@dataclass(frozen=True, slots=True)
class Part:
    """A bot's part in a chat, as speakers are chosen by it."""

    bot_id: int
    name: str
    role: str
    is_active: bool
    talkativeness: float


_PARTS = Prepared(
    lambda chat: (
        ConversationParticipation.objects.filter(parent=chat)
        .order_by("position", "id")
        .select_related("bot__picture", "preset")
    )
)


def parts_of(conversation_id: int) -> list[ConversationParticipation]:
    """The rows of the cast, in their order, with their bots."""
    return [row for row in _PARTS.rows(conversation_id) if row.bot_id]


def part(row: ConversationParticipation) -> Part:
    """A row of the cast, read tolerantly."""
    given = row.talkativeness
    if given is None:
        extensions = card_data(row.bot).get("extensions")
        given = extensions.get("talkativeness") if isinstance(extensions, dict) else None
    try:
        chance = min(1.0, max(0.0, float(given)))
    except (TypeError, ValueError):
        chance = TALKATIVENESS
    return Part(row.bot_id, row.bot.name, row.role or "secondary", row.is_active is not False, chance)


def cast_of(conversation: Conversation) -> list[dict[str, Any]]:
    """The cast as pages and API show it."""
    return [_shown(row) for row in parts_of(conversation.pk)]


def _shown(row: ConversationParticipation) -> dict[str, Any]:
    known = part(row)
    return {
        "id": row.bot_id,
        "name": known.name,
        "slug": row.bot.slug,
        "picture_url": row.bot.picture.url if row.bot.picture else None,
        "role": known.role,
        "is_active": known.is_active,
        "talkativeness": known.talkativeness,
        "model": row.model_choice or None,
        "preset": row.preset_id,
    }


def mentioned(parts: list[Part], text: str) -> list[Part]:
    """The parts whose names a text says, in the order of their first mention; a first name is enough."""
    found: list[tuple[int, Part]] = []
    for each in parts:
        names = {each.name, each.name.split()[0] if each.name.split() else each.name}
        places = [
            m.start()
            for name in names
            if len(name) > 1
            for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.I)
        ]
        if places:
            found.append((min(places), each))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def speakers(
    parts: list[Part],
    order: str,
    text: str,
    seed: str,
    *,
    last: int | None = None,
    spoken: frozenset[int] = frozenset(),
) -> list[int]:
    """The ids of the bots that answer, in their order.

    ``last`` spoke last (and does not answer itself where others can); ``spoken`` are those who have spoken since the
    person did. The same ``seed`` draws the same.
    """
    awake = [p for p in parts if p.is_active]
    if len(awake) <= 1:
        return [p.bot_id for p in awake]
    named = [p for p in mentioned(awake, text) if p.bot_id != last]
    draw = random.Random(seed)  # noqa: S311  (no secret: a draw that can be drawn again)
    chosen = _ORDERS.get(order or "natural", _natural)(awake, named, draw, last, spoken)
    return list(dict.fromkeys(p.bot_id for p in chosen))[:MOST_SPEAKERS]


def _manual(
    awake: list[Part], named: list[Part], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Part]:
    return []


def _mention(
    awake: list[Part], named: list[Part], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Part]:
    first = [p for p in awake if p.role == "primary"] or awake
    return named or first[:1]


def _natural(
    awake: list[Part], named: list[Part], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Part]:
    others = [p for p in awake if p not in named and p.role != "moderator" and p.bot_id != last]
    draw.shuffle(others)
    chosen = [*named, *(p for p in others if draw.random() < p.talkativeness)]
    return chosen or _one_of(others or awake, draw)


def _list(
    awake: list[Part], named: list[Part], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Part]:
    return sorted(awake, key=lambda p: p.role == "moderator")


def _pooled(
    awake: list[Part], named: list[Part], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Part]:
    fresh = [p for p in named if p.bot_id not in spoken]
    quiet = [p for p in awake if p.bot_id not in spoken and p.role != "moderator"]
    return fresh[:1] or _one_of(quiet or [p for p in awake if p.bot_id != last], draw)


def _one_of(parts: list[Part], draw: random.Random) -> list[Part]:
    """One, the talkative ones sooner."""
    return draw.choices(parts, [p.talkativeness + 0.05 for p in parts])[:1] if parts else []


_ORDERS = {"manual": _manual, "mention": _mention, "natural": _natural, "list": _list, "pooled": _pooled}


def change_cast(actor: Actor, conversation_id: int, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Add, remove, mute, unmute a bot, or change its part: the cast afterwards.

    Raises NotFound, BadRequest, and Conflict where the chat would be without a bot.
    """
    acts = [act for act in ACTS if act in given]
    if len(acts) != 1:
        raise BadRequest(f"Name one of {', '.join(ACTS)}, with the id of a bot.")
    with transaction.atomic():
        chat = own_chat(actor, conversation_id)
        number = _number(given[acts[0]], acts[0])
        if acts[0] == "add":
            _add(actor, chat, number, given)
        else:
            _change(actor, chat, number, acts[0], given)
        _tidy(chat)
        return cast_of(chat)


def _number(value: Any, name: str) -> int:
    if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 18:
        raise BadRequest(f"{name} must be the id of a bot.")
    return int(value)


def _add(actor: Actor, chat: Conversation, bot_id: int, given: dict[str, Any]) -> None:
    bot: Bot | None = BOTS.visible_to(actor).filter(pk=bot_id, deleted_at__isnull=True).first()
    if bot is None:
        raise NotFound("There is no such bot, or it is not open to you.")
    rows = parts_of(chat.pk)
    if any(row.bot_id == bot.pk for row in rows):
        raise Conflict(f"{bot.name} takes part already.")
    if len(rows) >= MOST_BOTS:
        raise Conflict(f"At most {MOST_BOTS} bots take part in one chat.")
    ConversationParticipation.objects.create(
        parent=chat,
        position=max((row.position for row in rows), default=0) + 1,
        row_id=f"bot-{bot.pk}-{len(rows)}",
        bot=bot,
        role=_role(given.get("role"), "secondary" if rows else "primary"),
        is_active=True,
        joined_at=now(),
    )


def _role(given: Any, default: str) -> str:
    if given is None:
        return default
    if given not in ROLES:
        raise BadRequest(f"role must be one of {', '.join(ROLES)}.")
    return str(given)


def _change(actor: Actor, chat: Conversation, bot_id: int, act: str, given: dict[str, Any]) -> None:
    rows = parts_of(chat.pk)
    row = next((row for row in rows if row.bot_id == bot_id), None)
    if row is None:
        raise NotFound("This bot does not take part in the chat.")
    if act == "remove":
        if len(rows) == 1:
            raise Conflict("The last bot stays: a chat needs somebody who answers.")
        row.delete()
        return
    if act in {"mute", "unmute"}:
        row.is_active = act == "unmute"
    else:
        _set_part(actor, row, given)
    row.save()


def _set_part(actor: Actor, row: ConversationParticipation, given: dict[str, Any]) -> None:
    if "role" in given:
        row.role = _role(given["role"], row.role)
    if "talkativeness" in given:
        value = given["talkativeness"]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise BadRequest("talkativeness must be a number from 0 to 1.")
        row.talkativeness = value
    if "model" in given:
        row.model_choice = read_choice(actor, given["model"])
    if "preset" in given:
        row.preset = preset_of(actor, given["preset"])


def preset_of(actor: Actor, given: Any) -> Any:
    """Get one of the actor's presets by id; None for none. Raises NotFound."""
    if given in (None, ""):
        return None
    number = int(given) if str(given).isdecimal() and len(str(given)) < 19 else 0
    found = SAMPLER_PRESETS.visible_to(actor).filter(pk=number, user=actor.id).first()
    if found is None:
        raise NotFound("There is no such preset of yours.")
    return found


def _tidy(chat: Conversation) -> None:
    """The chat's type, its number of participants and the list of bots follow its cast."""
    ids = [row.bot_id for row in parts_of(chat.pk)]
    kind = (
        "single-bot"
        if len(ids) <= 1
        else "multi-bot"
        if chat.conversation_type == "single-bot"
        else chat.conversation_type
    )
    participants = chat.participants if isinstance(chat.participants, dict) else {}
    chat.conversation_type = kind
    chat.participants = {**participants, "bots": [str(i) for i in ids]}
    chat.conversation_metadata_participant_count = len(ids) + 1
    chat.save(update_fields=["conversation_type", "participants", "conversation_metadata_participant_count"])
