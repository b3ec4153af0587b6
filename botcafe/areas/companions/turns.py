"""The writes of a turn: the message is committed before the model is asked, the reply as it grows."""

import time
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation
from botcafe.areas.companions.collections.generation import GENERATIONS, Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.queries import primary_bot
from botcafe.cms.actor import Actor
from botcafe.cms.errors import ApiError, Conflict, FieldProblem, NotFound, ValidationFailed
from botcafe.kit.instants import from_epoch, now

LONGEST_ENTRY = 100_000
LEASE_SECONDS = 15
RUNNING = ("queued", "streaming")


@dataclass(frozen=True, slots=True)
class Begun:
    """An accepted turn: the person's message (None when only a reply was asked for) and the reply to come."""

    message_id: int | None
    generation_id: int
    reply_id: int
    bot: Bot
    entry: str = ""
    is_repeat: bool = False


def check_entry(entry: object) -> str:
    """The text of a message, once it is found good. Raises ValidationFailed."""
    problem = ""
    if not isinstance(entry, str) or not entry.strip():
        problem = "Write something first: an empty message is not sent."
    elif len(entry) > LONGEST_ENTRY:
        problem = f"A message has at most {LONGEST_ENTRY:,} characters; this one has {len(entry):,}."
    elif "\x00" in entry:
        problem = "This value has a control character; only line breaks and tabs are taken."
    if problem:
        raise ValidationFailed("message", [FieldProblem("entry", problem, "Entry")])
    return str(entry)


def begin_turn(
    actor: Actor, conversation_id: int, entry: object, *, parent: object = None, key: object = None, lease: str = ""
) -> Begun:
    """Commit the person's message and the reply that will answer it.

    Raises NotFound, ValidationFailed, and Conflict where the page showed an old leaf or a reply is
    still being written. The same ``key`` again gives the same answer.
    """
    text = check_entry(entry)
    if not isinstance(key, str) or not key or len(key) > 200:
        key = None
    try:
        with transaction.atomic():
            return _begin(actor, conversation_id, text, parent, key, lease)
    except IntegrityError:
        with transaction.atomic():
            return _begin(actor, conversation_id, text, parent, key, lease)


def _begin(actor: Actor, conversation_id: int, text: str, parent: object, key: str | None, lease: str) -> Begun:
    chats = CONVERSATIONS.visible_to(actor, "update").filter(user=actor.id, deleted_at__isnull=True)
    chat = chats.select_for_update().filter(pk=conversation_id).first()
    if chat is None:
        raise NotFound
    if key is not None:
        before = Generation.objects.filter(conversation=chat.pk, idempotency_key=key).select_related("bot", "message")
        for row in before:
            return Begun(row.message.parent_id, row.pk, row.message_id, row.bot, text, is_repeat=True)
    _refuse_stale(chat, parent)
    bot = primary_bot(chat)
    if bot is None:
        raise ApiError("No bot takes part in this chat, so nobody would answer.")
    message = _add(chat, actor, text, chat.active_leaf_id)
    reply = _add(chat, actor, "", message.pk, bot)
    return Begun(message.pk, _generation(chat, actor, reply, bot, key, lease).pk, reply.pk, bot, text)


def _refuse_stale(chat: Conversation, parent: object) -> None:
    leaf = chat.active_leaf_id
    if parent not in (None, "") and str(parent) != str(leaf):
        raise Conflict("This chat has moved on in another window. Here is where it stands now.", {"active_leaf": leaf})
    if Generation.objects.filter(conversation=chat.pk, state__in=RUNNING, lease_until__gt=now()).exists():
        raise Conflict("A reply is still being written. Wait for it, or stop it first.", {"active_leaf": leaf})


def _add(chat: Conversation, actor: Actor, text: str, parent_id: int | None, bot: Bot | None = None) -> Message:
    moment = now()
    message: Message = Message.objects.create(
        user_id=chat.user_id,
        conversation=chat,
        entry=text,
        parent_id=parent_id,
        bot=bot,
        created_timestamp=moment,
        modified_timestamp=moment,
        message_attribution_source_bot=bot,
        message_attribution_is_ai_generated=bot is not None,
        message_status_delivery_status="sent",
    )
    Conversation.objects.filter(pk=chat.pk).update(
        active_leaf=message,
        modified_timestamp=moment,
        conversation_metadata_last_activity=moment,
        conversation_metadata_total_messages=Coalesce(F("conversation_metadata_total_messages"), 0.0) + 1,
    )
    return message


def _generation(chat: Conversation, actor: Actor, reply: Message, bot: Bot, key: str | None, lease: str) -> Generation:
    made: Generation = Generation.objects.create(
        user_id=chat.user_id,
        conversation=chat,
        message=reply,
        bot=bot,
        idempotency_key=key,
        lease_owner=lease,
        lease_until=from_epoch(time.time() + LEASE_SECONDS),
    )
    return made


def take_up(generation_id: int, lease: str, provider: str, model: str, blocks: list[dict[str, Any]]) -> bool:
    """Begin to stream; False where it was stopped before it began."""
    rows = Generation.objects.filter(pk=generation_id, state="queued", stop_asked=False)
    fresh = {"provider": provider, "model": model, "blocks": blocks, "started_at": now(), "lease_owner": lease}
    return bool(rows.update(state="streaming", lease_until=from_epoch(time.time() + LEASE_SECONDS), **fresh))


def save_partials(partials: dict[int, tuple[int, str]], lease: str, alive: list[int]) -> list[int]:
    """Store what has been written so far of all running replies, and keep their leases, in one transaction.

    ``partials`` maps generation ids to message id and text. Tells which of ``alive`` someone asked to stop.
    """
    with transaction.atomic():
        for message_id, text in partials.values():
            Message.objects.filter(pk=message_id).update(entry=text)
        mine = Generation.objects.filter(pk__in=alive, lease_owner=lease)
        mine.update(lease_until=from_epoch(time.time() + LEASE_SECONDS))
        return list(mine.filter(stop_asked=True).values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reply ended."""

    state: str
    text: str
    finish_reason: str = ""
    error: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    is_estimated: bool = True
    milliseconds: int = 0


def finish(generation_id: int, message_id: int, outcome: Outcome) -> bool:
    """Record the end of a reply once; False where it had ended already."""
    with transaction.atomic():
        running = Generation.objects.filter(pk=generation_id, state__in=RUNNING)
        ended = running.update(
            state=outcome.state,
            finish_reason=outcome.finish_reason,
            error=outcome.error,
            input_tokens=outcome.input_tokens,
            output_tokens=outcome.output_tokens,
            is_estimated=outcome.is_estimated,
            ended_at=now(),
            lease_until=None,
        )
        if not ended:
            return False
        Message.objects.filter(pk=message_id).update(
            entry=outcome.text,
            modified_timestamp=now(),
            message_attribution_model_used=outcome.model,
            token_tracking_input_tokens=outcome.input_tokens,
            token_tracking_output_tokens=outcome.output_tokens,
            token_tracking_total_tokens=outcome.input_tokens + outcome.output_tokens,
            metadata_processing_time_ms=outcome.milliseconds,
            message_status_delivery_status="failed" if outcome.state == "failed" else "delivered",
        )
        chat = Generation.objects.filter(pk=generation_id).values("conversation_id")
        Conversation.objects.filter(pk__in=chat).update(
            modified_timestamp=now(),
            total_tokens=Coalesce(F("total_tokens"), 0.0) + outcome.input_tokens + outcome.output_tokens,
        )
    return True


def ask_to_stop(actor: Actor, generation_id: int) -> None:
    """Ask for a reply to be stopped, wherever it is written. Raises NotFound."""
    mine = GENERATIONS.visible_to(actor).filter(pk=generation_id, user=actor.id)
    if not mine.exists():
        raise NotFound
    mine.filter(state__in=RUNNING).update(stop_asked=True)


def interrupt_dead() -> int:
    """Mark what a dead process left behind as interrupted; tells how many."""
    dead = Generation.objects.filter(state__in=RUNNING).exclude(lease_until__gt=now())
    words = "The server stopped while this was being written."
    return int(dead.update(state="interrupted", error=words, ended_at=now(), lease_until=None))


def interrupt_own(lease: str) -> None:
    """Mark this process's unfinished replies as interrupted, on its way out."""
    mine = Generation.objects.filter(state__in=RUNNING, lease_owner=lease)
    mine.update(state="interrupted", error="The server stopped while this was being written.", ended_at=now())
