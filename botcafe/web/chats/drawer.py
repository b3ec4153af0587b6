"""The drawer beside a chat: who is in it, and how they answer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_lazy

from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.chats import participants
from botcafe.areas.companions.chats.lore_links import ChatLore, list_chat_lore
from botcafe.areas.companions.chats.participants import ROLES
from botcafe.areas.companions.chats.settings_model import NOTE_ROLES, ChatSettings, read_chat_settings
from botcafe.areas.companions.scenes.library import is_any_starter
from botcafe.areas.companions.turns.model_choice import default_model_choice, first_chosen
from botcafe.areas.keys.queries import list_keys
from botcafe.cms.query import read_operations
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.web.chats.model_names import (
    CHAT_MODEL_LABEL,
    REHEARSAL_LABEL,
    SCENE_LABEL,
    ChosenModel,
    chosen_model,
    model_name,
    model_value,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from botcafe.areas.companions.collections.conversation import Conversation

SPEAKING_ORDERS = (
    ("natural", gettext_lazy("Natural: who is named, then by talkativeness")),
    ("mention", gettext_lazy("By mention: who is named, else the first")),
    ("list", gettext_lazy("In order: all, one after another")),
    ("pooled", gettext_lazy("Pooled: one that has not spoken yet")),
    ("manual", gettext_lazy("Manual: only whom you choose")),
)
MAX_BOTS_FOUND = 8


@dataclass(frozen=True, slots=True)
class NamedOption:
    """A persona or preset in a select."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """A bot of the chat, with the model that answers for it."""

    id: int
    name: str
    slug: str
    picture_url: str | None
    role: str
    is_active: bool
    talkativeness: float
    preset: int | None
    model: ChosenModel


@dataclass(frozen=True, slots=True)
class FoundBot:
    """A bot that can be asked into the chat."""

    id: int
    name: str
    picture_url: str | None


@dataclass(frozen=True, slots=True)
class Drawer:
    """Everything that the drawer and the composer show.

    ``rehearsal`` is set where no key answers, and ``scene`` where a starter bot then has a written scene; ``has_keys``
    where there are keys all the same. ``persona_name`` is empty for none.
    """

    settings: ChatSettings
    participants: list[ParticipantRow]
    model: ChosenModel
    rehearsal: bool
    scene: bool
    has_keys: bool
    personas: list[NamedOption]
    persona_name: str
    presets: list[NamedOption]
    lore: ChatLore | None
    find: str
    found: list[FoundBot]
    orders: "tuple[tuple[str, _StrOrPromise], ...]" = SPEAKING_ORDERS
    roles: tuple[str, ...] = ROLES
    note_roles: tuple[str, ...] = NOTE_ROLES


def drawer_of(actor: Actor, chat: "Conversation", find: str = "", *, with_lore: bool = False) -> Drawer:
    """What the drawer shows of a chat; ``with_lore`` only where that section is open."""
    settings = read_chat_settings(chat)
    present = participants.list_participants(chat)
    default = default_model_choice(int(actor.id or 0))
    is_without_key = not first_chosen(settings.model, default).get("key")
    is_scene = is_without_key and is_any_starter((each.id, each.slug) for each in present)
    keys = list_keys(actor)
    without_key = str(SCENE_LABEL if is_scene else REHEARSAL_LABEL)
    rows = [
        _participant_row(each, chosen_model(each.model, str(CHAT_MODEL_LABEL), without_key, keys)) for each in present
    ]
    personas = _own_documents(actor, "personas")
    return Drawer(
        settings=settings,
        participants=rows,
        model=chosen_model(settings.model, model_name(model_value(default), without_key, keys), without_key, keys),
        rehearsal=is_without_key,
        scene=is_scene,
        has_keys=bool(keys),
        personas=personas,
        persona_name=_persona_name(settings.persona_id, personas),
        presets=_own_documents(actor, "samplerPresets"),
        # Why each collection counts takes two statements for each bot: too many for a section that is usually closed.
        lore=list_chat_lore(actor, chat) if with_lore else None,
        find=find,
        found=_find_bots(actor, find, {each.id for each in rows}),
    )


def _participant_row(bot: participants.ParticipantDetails, model: ChosenModel) -> ParticipantRow:
    return ParticipantRow(
        id=bot.id,
        name=bot.name,
        slug=bot.slug,
        picture_url=bot.picture_url,
        role=bot.role,
        is_active=bot.is_active,
        talkativeness=bot.talkativeness,
        preset=bot.preset,
        model=model,
    )


def _persona_name(persona_id: int | None, personas: list[NamedOption]) -> str:
    """The name of the persona that a chat wears, "" for none."""
    own = next((each.name for each in personas if each.id == persona_id), None)
    # One that is another's, or beyond the list.
    return own or (gettext("Another persona") if persona_id else "")


def _own_documents(actor: Actor, slug: str) -> list[NamedOption]:
    named = {"select": {"name": True}, "depth": "0"}
    query = {"where": {"user": {"equals": str(actor.id)}}, "limit": "200", "sort": "name", **named}
    found = read_operations.find_documents(get_collection(slug), actor, read_operations.Query(query))
    return [NamedOption(doc["id"], doc["name"]) for doc in found["docs"]]


def _find_bots(actor: Actor, find: str, present: set[int]) -> list[FoundBot]:
    if not find.strip():
        return []
    bots = bot_queries.bots_for(actor, find[:200], 1).bots
    rows = [bot for bot in bots if bot.pk not in present][:MAX_BOTS_FOUND]
    return [FoundBot(bot.pk, bot.name, shown_url(bot.user_id, bot.picture)) for bot in rows]
