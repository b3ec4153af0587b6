"""Start, delete, restore and sweep chats."""

import time
from collections.abc import Iterable
from contextlib import suppress

from django.db import OperationalError, connection, transaction

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.companions.bots.actions import DEPTH_ZERO
from botcafe.areas.companions.bots.card_data import card_data
from botcafe.areas.companions.bots.queries import bot_by_slug
from botcafe.areas.companions.chats.retention import erase_unshared_files, own_attachments
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import (
    CONVERSATIONS,
    Conversation,
    ConversationParticipation,
)
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.areas.companions.collections.persona import PERSONAS
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.errors import Forbidden, NotFound
from botcafe.cms.write import write_operations
from botcafe.kit.instants import from_epoch, now
from botcafe.kit.macros import MacroContext, fill
from botcafe.retrieval import sources

MAX_GREETINGS = 50


SWEEP_BATCH_MESSAGES = 500


CHECKPOINT_TIMEOUT_MS = 200


def start_chat(
    actor: Actor, slug: str, greeting: int = 0, *, temporary: bool = False, persona_id: int | None = None
) -> int:
    """Start a chat with a bot; its greetings become alternatives of the first message. Raises NotFound and Forbidden.

    Uses the actor's default persona unless ``persona_id`` names another of their own. ``greeting`` is an index.
    """
    if not actor.is_signed_in:
        raise Forbidden
    bot = bot_by_slug(actor, slug)
    own = PERSONAS.visible_to(actor).filter(user=actor.id).order_by("-id")
    worn = own.filter(pk=persona_id).first() if persona_id else own.filter(is_default=True).first()
    if persona_id and worn is None:
        raise NotFound
    with transaction.atomic():
        chat: Conversation = Conversation.objects.create(
            user_id=actor.id,
            title=bot.name,
            created_timestamp=now(),
            modified_timestamp=now(),
            participants={"personas": [], "bots": [str(bot.pk)]},
            persona=worn,
            conversation_metadata_participant_count=2,
            conversation_metadata_total_messages=0,
            is_temporary=temporary,
        )
        ConversationParticipation.objects.create(
            parent=chat, position=1, row_id=f"bot-{bot.pk}", bot=bot, role="primary", is_active=True, joined_at=now()
        )
        _add_greetings(actor, chat, bot, greeting)
    return int(chat.pk)


def _add_greetings(actor: Actor, chat: Conversation, bot: Bot, number: int) -> None:
    texts = [text for text in (bot.greeting, *(bot.alternate_greetings or [])) if text][:MAX_GREETINGS]
    scene = _greeting_macros(actor, chat, bot)
    made = []
    for text in texts:
        message = Message.objects.create(
            user_id=actor.id,
            conversation=chat,
            bot=bot,
            entry=fill(text, scene),
            place=1,
            created_timestamp=now(),
            message_attribution_source_bot=bot,
            message_attribution_is_ai_generated=False,
        )
        made.append(message)
    if made:
        first = made[number] if 0 <= number < len(made) else made[0]
        Conversation.objects.filter(pk=chat.pk).update(
            active_leaf=first, seen_message=first.pk, conversation_metadata_total_messages=1
        )


def _greeting_macros(actor: Actor, chat: Conversation, bot: Bot) -> MacroContext:
    persona = chat.persona
    zone = User.objects.filter(pk=actor.id).values_list("time_zone", flat=True).first()
    texts = {
        "scenario": bot.scenario or "",
        "persona": persona.description if persona else "",
        "group": bot.name,
        "charifnotgroup": bot.name,
        "groupnotmuted": bot.name,
        "charversion": str(card_data(bot).get("character_version") or ""),
    }
    return MacroContext(
        char=str(card_data(bot).get("nickname") or bot.name),
        user=persona.name if persona else actor.name or "Guest",
        texts=texts,
        seed=str(chat.pk),
        chat=str(chat.pk),
        time_zone=zone or "",
    )


def delete_chat(actor: Actor, conversation_id: int) -> None:
    """Move a chat to the trash for 30 days; a temporary chat is erased at once. Raises NotFound."""
    rows = CONVERSATIONS.visible_to(actor, "delete").filter(pk=conversation_id, deleted_at__isnull=True)
    if rows.filter(is_temporary=True).exists():
        erase_temporary_chat(actor, conversation_id)
    elif not rows.update(deleted_at=now()):
        raise NotFound


def restore_chat(actor: Actor, conversation_id: int) -> None:
    """Restore a chat from the trash. Raises NotFound."""
    rows = CONVERSATIONS.visible_to(actor, "delete").filter(pk=conversation_id, deleted_at__isnull=False)
    # Whoever takes a chat back wants it kept: one that is not saved would be gone again at the next sweep.
    if not rows.update(deleted_at=None, conversation_settings_auto_save_conversations=True):
        raise NotFound("This chat was taken back before, or its 30 days are over.")


def erase_temporary_chat(actor: Actor, conversation_id: int) -> None:
    """Erase a temporary chat with everything in it. Raises NotFound."""
    rows = CONVERSATIONS.visible_to(actor, "delete").filter(pk=conversation_id, user=actor.id, is_temporary=True)
    with transaction.atomic():
        if not rows.exists():
            raise NotFound
        _erase_chats(rows.values_list("pk", flat=True))
        transaction.on_commit(_truncate_write_ahead_log)


def _truncate_write_ahead_log() -> None:
    """Truncate SQLite's write-ahead log, which still holds the erased text until the next checkpoint."""
    if connection.vendor != "sqlite":
        return
    with suppress(OperationalError), connection.cursor() as cursor:
        # A checkpoint waits for readers. A short timeout: the request must not hang, and the next checkpoint truncates too.
        patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")


def _erase_chats(ids: Iterable[int]) -> int:
    """Delete chats with their messages, generations and unshared attachments; ledger entries stay. Returns how many."""
    kept = list(ids)
    files = own_attachments(conversation__in=kept)
    # The index is keyed by chat: it must go first, because nothing names its entries once the rows are deleted.
    for number in kept:
        sources.forget_scope("message", number)
    Conversation.objects.filter(pk__in=kept).delete()
    erase_unshared_files(files)
    return len(kept)


def sweep_chats() -> int:
    """Erase temporary chats unused for an hour, and chats and messages deleted 30 days ago. Returns the number of chats."""
    hour, month = from_epoch(time.time() - 3600), from_epoch(time.time() - 30 * 86400)
    old = Message.objects.filter(deleted_at__lt=month).order_by("-deleted_at", "-id")[:SWEEP_BATCH_MESSAGES]
    if ids := list(old.values_list("pk", flat=True)):
        with transaction.atomic():
            # Newest first: a parent's deletion then never has to reattach children that are to be deleted too.
            for number in sorted(ids, reverse=True):
                write_operations.delete_by_id(MESSAGES, SYSTEM, number, DEPTH_ZERO)
    left = Conversation.objects.filter(is_temporary=True, modified_timestamp__lt=hour)
    gone = Conversation.objects.filter(deleted_at__lt=month)
    return sum(
        _sweep_chat(number) for number in [*left.values_list("pk", flat=True), *gone.values_list("pk", flat=True)]
    )


def _sweep_chat(conversation_id: int) -> int:
    """Erase one chat in a transaction of its own, so that writers never wait for a whole sweep."""
    with transaction.atomic():
        return _erase_chats([conversation_id])
