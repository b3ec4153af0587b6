"""What pages and turns ask of bots, chats and messages; every read names its actor."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from botcafe.areas.companions.collections.bot import BOTS, MAY_READ_DEFINITION, Bot
from botcafe.areas.companions.collections.bot_interaction import BOT_INTERACTIONS
from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation
from botcafe.areas.companions.collections.generation import GENERATIONS, Generation
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.cms.actor import Actor
from botcafe.cms.errors import NotFound
from botcafe.cms.rules import viewer_of

PAGE = 24
SHOWN_MESSAGES = 200
CHAIN = 400


def _owner_or_public(actor: Actor) -> QuerySet[Bot]:
    rows = BOTS.visible_to(actor).filter(deleted_at__isnull=True)
    return rows if not actor.is_admin else rows.filter(Q(is_public=True) | Q(user=actor.id))


def bots_for(actor: Actor, text: str, page: int) -> tuple[list[Bot], bool]:
    """A page of the bots that the actor may meet, best liked first, and whether there are more."""
    rows = _owner_or_public(actor).select_related("picture")
    for word in text.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(description__icontains=word) | Q(tags__icontains=word))
    start = (page - 1) * PAGE
    found = list(rows.order_by("-likes_count", "-created_at", "-id")[start : start + PAGE + 1])
    return found[:PAGE], len(found) > PAGE


def bots_of(actor: Actor) -> list[Bot]:
    """The actor's own bots, newest first."""
    mine = BOTS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    return list(mine.select_related("picture").order_by("-created_at", "-id")[:500])


def bot_by_slug(actor: Actor, slug: str) -> Bot:
    """Get a bot that the actor may read; NotFound for a missing or hidden one."""
    found = _owner_or_public(actor).filter(slug=slug).select_related("picture").first()
    if found is None:
        raise NotFound
    return found


def may_edit(actor: Actor, bot: Bot) -> bool:
    """Whether the actor may change this bot."""
    return actor.is_signed_in and BOTS.visible_to(actor, "update").filter(pk=bot.pk).exists()


def may_delete(actor: Actor, bot: Bot) -> bool:
    """Whether the actor may delete this bot."""
    return actor.is_signed_in and BOTS.visible_to(actor, "delete").filter(pk=bot.pk).exists()


def may_read_definition(actor: Actor, bot: Bot) -> bool:
    """Whether the definition of this bot is open to the actor."""
    rows = MAY_READ_DEFINITION.rows(viewer_of(actor))
    return rows is True or (isinstance(rows, Q) and Bot.objects.filter(rows, pk=bot.pk).exists())


def interaction_of(actor: Actor, bot: Bot) -> dict[str, bool]:
    """Whether the actor likes the bot and keeps it as a favourite."""
    row = BOT_INTERACTIONS.visible_to(actor).filter(user=actor.id, bot=bot).first() if actor.is_signed_in else None
    return {"liked": bool(row and row.liked), "favorited": bool(row and row.favorited)}


def conversation_for(actor: Actor, conversation_id: int) -> Conversation:
    """Get a chat that the actor may read; NotFound for a missing or hidden one."""
    rows = CONVERSATIONS.visible_to(actor).filter(pk=conversation_id, deleted_at__isnull=True)
    found = rows.select_related("active_leaf", "persona").first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class ChatLine:
    """A chat in a list."""

    id: int
    title: str
    bot_name: str
    picture_url: str | None
    last_activity: str
    snippet: str


def chats_of(actor: Actor, bot: Bot | None = None, limit: int = 100) -> list[ChatLine]:
    """The actor's own chats, last used first."""
    rows = CONVERSATIONS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    if bot is not None:
        rows = rows.filter(participation__bot=bot)
    rows = rows.select_related("active_leaf").prefetch_related("participation__bot__picture")
    return [_chat_line(row) for row in rows.order_by("-modified_timestamp", "-id")[:limit]]


def _chat_line(row: Conversation) -> ChatLine:
    parts = list(row.participation.all())
    bot = parts[0].bot if parts else None
    name = bot.name if bot else "A chat"
    snippet = _plain(row.active_leaf.entry) if row.active_leaf else ""
    picture = bot.picture.url if bot and bot.picture else None
    moment = row.modified_timestamp or row.created_at
    return ChatLine(row.pk, row.title or name, name, picture, moment, snippet)


def _plain(text: str) -> str:
    """The first words of a message, without its Markdown marks."""
    return " ".join(text[:400].replace("*", "").replace("`", "").replace("#", "").split())[:120]


def primary_bot(conversation: Conversation) -> Bot | None:
    """The bot that answers in a chat."""
    part = conversation.participation.select_related("bot__picture").order_by("position").first()
    return part.bot if part else None


def branch_of(actor: Actor, conversation: Conversation, limit: int = SHOWN_MESSAGES) -> list[Message]:
    """The messages from the oldest shown to the active leaf, along the tree."""
    rows = MESSAGES.visible_to(actor).filter(conversation=conversation.pk, deleted_at__isnull=True)
    newest = list(rows.select_related("bot__picture").order_by("-created_at", "-id")[:CHAIN])
    return walk(newest, conversation.active_leaf_id)[-limit:]


def walk(newest_first: list[Message], leaf_id: int | None) -> list[Message]:
    """Follow parents from the leaf; a message without one follows the next older."""
    by_id = {m.pk: m for m in newest_first}
    if leaf_id not in by_id:
        return newest_first[::-1]
    order = [m.pk for m in newest_first]
    chain: list[Message] = []
    at: int | None = leaf_id
    while at is not None and at in by_id and len(chain) <= CHAIN:
        message = by_id.pop(at)
        chain.append(message)
        at = message.parent_id or next((i for i in order[order.index(message.pk) + 1 :] if i in by_id), None)
    return chain[::-1]


def generation_for(actor: Actor, generation_id: int) -> Generation:
    """Get a reply in the making that the actor may follow; NotFound for a missing or hidden one."""
    found = GENERATIONS.visible_to(actor).filter(pk=generation_id).select_related("message").first()
    if found is None:
        raise NotFound
    return found


def generations_of(conversation: Conversation) -> dict[int, Generation]:
    """The latest generation of each message of a chat."""
    rows = Generation.objects.filter(conversation=conversation.pk).order_by("id").defer("blocks")
    return {row.message_id: row for row in rows}


def blocks_of(actor: Actor, conversation: Conversation) -> list[dict[str, Any]]:
    """What was sent for the newest reply, for the inspector."""
    row = GENERATIONS.visible_to(actor).filter(conversation=conversation.pk).order_by("-id").first()
    return list(row.blocks or []) if row else []


@dataclass(slots=True)
class TurnMaterial:
    """Everything that a reply is made of."""

    generation_id: int
    message_id: int
    conversation_id: int
    user_id: int
    user_name: str
    bot: Bot
    model_choice: dict[str, Any]
    history: list[Message] = field(default_factory=list)
    attempt: int = 1


def material_of(generation_id: int) -> TurnMaterial:
    """Gather a reply's material on the server's own behalf: a definition is used without being readable."""
    row = Generation.objects.select_related("conversation", "message", "bot", "user").get(pk=generation_id)
    rows = Message.objects.filter(conversation=row.conversation_id, deleted_at__isnull=True)
    newest = list(rows.exclude(pk=row.message_id).select_related("bot").order_by("-created_at", "-id")[:CHAIN])
    return TurnMaterial(
        generation_id=row.pk,
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        user_id=row.user_id,
        user_name=row.user.name or "Guest",
        bot=row.bot,
        model_choice=row.conversation.model_choice or {},
        history=walk(newest, row.message.parent_id),
        attempt=int(row.attempt or 1),
    )
