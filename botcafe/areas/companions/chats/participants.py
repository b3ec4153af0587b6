"""The bots that take part in a chat: list, add, remove, mute and change them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.bots.card_data import card_data
from botcafe.areas.companions.chats.unknown_bots import UNKNOWN_NAME, named_bot, unknown_bots
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.companions.collections.conversation import Conversation, ConversationParticipation
from botcafe.areas.companions.collections.sampler_preset import SAMPLER_PRESETS, SamplerPreset
from botcafe.areas.companions.messages.tree import lock_own_chat
from botcafe.areas.companions.turns.model_choice import read_model_choice
from botcafe.areas.companions.turns.speaking_order import Participant
from botcafe.cms.db.prepared_statements import PreparedQuery
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, NotFound
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject

ROLES = ("primary", "secondary", "moderator")
MAX_BOTS = 16
DEFAULT_TALKATIVENESS = 0.5
ACTIONS = ("add", "remove", "mute", "unmute", "bot")


_PARTICIPATIONS = PreparedQuery(
    lambda chat: (
        ConversationParticipation.objects.filter(parent=chat)
        .order_by("position", "id")
        .select_related("bot__picture", "preset")
    )
)


@dataclass(frozen=True, slots=True)
class ParticipantDetails:
    """A bot that takes part in a chat, as pages and API show it; ``preset`` is an id."""

    id: int
    name: str
    slug: str
    picture_url: str | None
    role: str
    is_active: bool
    talkativeness: float
    model: JsonObject | None
    preset: int | None


def load_participations(conversation_id: int) -> list[ConversationParticipation]:
    """The participations of a chat with their bots and presets, in order. One prepared query: every turn runs it."""
    return [row for row in _PARTICIPATIONS.rows(conversation_id) if row.bot_id]


def primary_bot(rows: Sequence[ConversationParticipation]) -> Bot:
    """The bot from whose view the user's own lines are written."""
    primary = [row for row in rows if row.role == "primary"] or rows
    bot: Bot = primary[0].bot
    return bot


def read_participant(row: ConversationParticipation) -> Participant:
    """Read a participation; a talkativeness that is unset or malformed comes from the card, else is the default."""
    given = row.talkativeness
    if given is None:
        # SillyTavern stores talkativeness in the card, as a number or a text.
        extensions = card_data(row.bot).get("extensions")
        given = extensions.get("talkativeness") if isinstance(extensions, dict) else None
    try:
        chance = min(1.0, max(0.0, float(given)))
    except (TypeError, ValueError):
        chance = DEFAULT_TALKATIVENESS
    return Participant(row.bot_id, row.bot.name, row.role or "secondary", row.is_active is not False, chance)


def list_participants(conversation: Conversation) -> list[ParticipantDetails]:
    """The participants of a chat, in order."""
    rows = load_participations(conversation.pk)
    unknown = unknown_bots(named_bot(row, conversation.user_id) for row in rows)
    return [_participant_details(row, is_unknown=(row.parent_id, row.bot_id) in unknown) for row in rows]


def _participant_details(row: ConversationParticipation, *, is_unknown: bool) -> ParticipantDetails:
    known = read_participant(row)
    return ParticipantDetails(
        id=row.bot_id,
        name=UNKNOWN_NAME if is_unknown else known.name,
        slug="" if is_unknown else row.bot.slug,
        picture_url=None if is_unknown else shown_url(row.bot.user_id, row.bot.picture),
        role=known.role,
        is_active=known.is_active,
        talkativeness=known.talkativeness,
        model=row.model_choice or None,
        preset=row.preset_id,
    )


def change_participants(actor: Actor, conversation_id: int, given: Mapping[str, object]) -> list[ParticipantDetails]:
    """Add, remove, mute or unmute a bot, or change its settings in the chat; returns the participants afterwards.

    Raises NotFound, BadRequest, and Conflict where the chat would be without a bot.
    """
    acts = [act for act in ACTIONS if act in given]
    if len(acts) != 1:
        raise BadRequest(f"Name one of {', '.join(ACTIONS)}, with the id of a bot.")
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        number = _read_bot_id(given[acts[0]], acts[0])
        if acts[0] == "add":
            _add_bot(actor, chat, number, given)
        else:
            _change_bot(actor, chat, number, acts[0], given)
        _update_chat_summary(chat)
        return list_participants(chat)


def _read_bot_id(value: object, name: str) -> int:
    if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 18:
        raise BadRequest(f"{name} must be the id of a bot.")
    return int(str(value))


def _add_bot(actor: Actor, chat: Conversation, bot_id: int, given: Mapping[str, object]) -> None:
    bot: Bot | None = BOTS.visible_to(actor).filter(pk=bot_id, deleted_at__isnull=True).first()
    if bot is None:
        raise NotFound("There is no such bot, or it is not open to you.")
    rows = load_participations(chat.pk)
    if any(row.bot_id == bot.pk for row in rows):
        raise Conflict(f"{bot.name} takes part already.")
    if len(rows) >= MAX_BOTS:
        raise Conflict(f"At most {MAX_BOTS} bots take part in one chat.")
    ConversationParticipation.objects.create(
        parent=chat,
        position=max((row.position for row in rows), default=0) + 1,
        row_id=f"bot-{bot.pk}-{len(rows)}",
        bot=bot,
        role=_read_role(given.get("role"), "secondary" if rows else "primary"),
        is_active=True,
        joined_at=now(),
    )


def _read_role(given: object, default: str) -> str:
    if given is None:
        return default
    if given not in ROLES:
        raise BadRequest(f"role must be one of {', '.join(ROLES)}.")
    return str(given)


def _change_bot(actor: Actor, chat: Conversation, bot_id: int, act: str, given: Mapping[str, object]) -> None:
    rows = load_participations(chat.pk)
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
        _update_participation(actor, row, given)
    row.save()


def _update_participation(actor: Actor, row: ConversationParticipation, given: Mapping[str, object]) -> None:
    if "role" in given:
        row.role = _read_role(given["role"], row.role)
    if "talkativeness" in given:
        value = given["talkativeness"]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise BadRequest("talkativeness must be a number from 0 to 1.")
        row.talkativeness = value
    if "model" in given:
        row.model_choice = read_model_choice(actor, given["model"])
    if "preset" in given:
        row.preset = find_own_preset(actor, given["preset"])


def find_own_preset(actor: Actor, given: object) -> SamplerPreset | None:
    """Get one of the actor's presets by id; None for none. Raises NotFound."""
    if given in (None, ""):
        return None
    number = int(str(given)) if str(given).isdecimal() and len(str(given)) < 19 else 0
    found: SamplerPreset | None = SAMPLER_PRESETS.visible_to(actor).filter(pk=number, user=actor.id).first()
    if found is None:
        raise NotFound("There is no such preset of yours.")
    return found


def _update_chat_summary(chat: Conversation) -> None:
    """Update the columns of the chat that are derived from its participants."""
    ids = [row.bot_id for row in load_participations(chat.pk)]
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
