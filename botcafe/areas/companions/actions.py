"""What people do with bots and chats."""

from typing import Any

from django.db import transaction

from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.companions.collections.bot_interaction import BOT_INTERACTIONS, BotInteraction
from botcafe.areas.companions.collections.conversation import (
    CONVERSATIONS,
    Conversation,
    ConversationParticipation,
)
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.queries import bot_by_slug, may_delete
from botcafe.cms import writing
from botcafe.cms.actor import Actor
from botcafe.cms.collection import Collection
from botcafe.cms.errors import Forbidden, NotFound
from botcafe.cms.reading import Query
from botcafe.kit.instants import now
from botcafe.kit.words import slug_of

FLAT = Query({"depth": "0"})


def free_slug(name: str) -> str:
    """A slug that no other bot has."""
    wanted = slug_of(name)
    candidate, number = wanted, 1
    while Bot.objects.filter(slug=candidate).exists():
        number += 1
        candidate = f"{wanted}-{number}"
    return candidate


def create_bot(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """Make a bot. Raises Forbidden and ValidationFailed."""
    given = {
        "creator_display_name": actor.name or "Somebody",
        "slug": free_slug(str(data.get("name") or "bot")),
        **data,
    }
    return writing.create(BOTS, actor, {**given, "created_date": now()}, FLAT)


def update_bot(actor: Actor, slug: str, data: dict[str, Any]) -> dict[str, Any]:
    """Change a bot. Raises NotFound, Forbidden and ValidationFailed."""
    bot = bot_by_slug(actor, slug)
    return writing.update_by_id(BOTS, actor, bot.pk, data, FLAT)


def delete_bot(actor: Actor, slug: str) -> None:
    """Take a bot out of sight; chats with it stay. Raises NotFound and Forbidden."""
    bot = bot_by_slug(actor, slug)
    if not may_delete(actor, bot):
        raise Forbidden
    Bot.objects.filter(pk=bot.pk).update(deleted_at=now(), is_public=False)


def toggle(actor: Actor, slug: str, field: str) -> bool:
    """Like or unlike, keep or let go; tells what holds now. Raises NotFound and Forbidden."""
    if not actor.is_signed_in:
        raise Forbidden
    bot = bot_by_slug(actor, slug)
    row = BotInteraction.objects.filter(user=actor.id, bot=bot).first()
    wanted = not bool(row and getattr(row, field))
    if row is None:
        writing.create(BOT_INTERACTIONS, actor, {"bot": bot.pk, field: wanted, "created_date": now()}, FLAT)
    else:
        writing.update_by_id(BOT_INTERACTIONS, actor, row.pk, {field: wanted}, FLAT)
    return wanted


def start_chat(actor: Actor, slug: str, greeting: int = 0) -> int:
    """Open a chat with a bot; its greeting is the first message. Raises NotFound and Forbidden."""
    if not actor.is_signed_in:
        raise Forbidden
    bot = bot_by_slug(actor, slug)
    with transaction.atomic():
        chat: Conversation = Conversation.objects.create(
            user_id=actor.id,
            title=bot.name,
            created_timestamp=now(),
            modified_timestamp=now(),
            participants={"personas": [], "bots": [str(bot.pk)]},
            conversation_metadata_participant_count=2,
            conversation_metadata_total_messages=0,
        )
        ConversationParticipation.objects.create(
            parent=chat, position=1, row_id=f"bot-{bot.pk}", bot=bot, role="primary", is_active=True, joined_at=now()
        )
        _greet(actor, chat, bot, greeting)
    return int(chat.pk)


def _greet(actor: Actor, chat: Conversation, bot: Bot, number: int) -> None:
    greetings = [bot.greeting, *(bot.alternate_greetings or [])]
    text = greetings[number] if 0 <= number < len(greetings) else bot.greeting
    if not text:
        return
    from botcafe.areas.companions.macros import fill

    message = Message.objects.create(
        user_id=actor.id,
        conversation=chat,
        bot=bot,
        entry=fill(text, bot=bot.name, user=actor.name or "Guest"),
        created_timestamp=now(),
        message_attribution_source_bot=bot,
        message_attribution_is_ai_generated=False,
    )
    Conversation.objects.filter(pk=chat.pk).update(active_leaf=message, conversation_metadata_total_messages=1)


def delete_chat(actor: Actor, conversation_id: int) -> None:
    """Take a chat out of sight; its rows stay. Raises NotFound."""
    mine: Collection[Conversation] = CONVERSATIONS
    if not mine.visible_to(actor, "delete").filter(pk=conversation_id).update(deleted_at=now()):
        raise NotFound


def choose_model(actor: Actor, conversation_id: int, choice: dict[str, Any]) -> None:
    """Choose what answers in a chat. Raises NotFound."""
    rows = CONVERSATIONS.visible_to(actor, "update").filter(pk=conversation_id)
    if not rows.update(model_choice=choice):
        raise NotFound
