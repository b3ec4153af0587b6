"""Changes to the message tree of a chat: switch branches, edit, remove, undo, clear, react. Nothing is lost."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.companions.collections.conversation import (
    CONVERSATIONS,
    Conversation,
)
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import thread, tree_sql
from botcafe.areas.knowledge.memories.actions import follow_branch
from botcafe.areas.wellbeing.limits import refuse_unwanted_words
from botcafe.cms.db.prepared_statements import PreparedInsert, PreparedQuery, PreparedUpdate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, Conflict, NotFound
from botcafe.kit.instants import now
from botcafe.retrieval import sources

MAX_ENTRY_CHARACTERS = 100_000
RUNNING = ("queued", "streaming")
MAX_UNDOS = 30
MAX_EDIT_HISTORY = 200
MAX_EMOJI_CHARACTERS = 16
_OWN_CHAT_LOCKED = PreparedQuery(
    lambda pk, user: Conversation.objects.filter(pk=pk, user=user, deleted_at__isnull=True).select_for_update(), 2
)
_RUNNING_GENERATION = PreparedQuery(lambda pk: Generation.objects.filter(conversation=pk, state__in=RUNNING).only("id"))
_SET_NEWEST_MESSAGE = PreparedUpdate(
    lambda pk, leaf, at: (
        Conversation.objects.filter(pk=pk),
        {
            "active_leaf": leaf,
            "modified_timestamp": at,
            "conversation_metadata_last_activity": at,
            "conversation_metadata_total_messages": Coalesce(F("conversation_metadata_total_messages"), 0.0) + 1,
        },
    ),
    3,
)


@dataclass(frozen=True, slots=True)
class RemovalResult:
    """The leaf after a removal, and the mark by which ``undo_removal`` takes it back."""

    leaf: int | None
    undo: str


@dataclass(frozen=True, slots=True)
class MessageReactions:
    """How often each emoji was given to a message, and which of them by the actor."""

    reactions: dict[str, int]
    mine: list[str]


def lock_own_chat(actor: Actor, conversation_id: int, *, hidden: bool = False) -> Conversation:
    """Get one of the actor's own chats, locked until the transaction ends; ``hidden``: deleted too. Raises NotFound."""
    if hidden:
        rows = CONVERSATIONS.visible_to(actor, "update").filter(user=actor.id, pk=conversation_id)
        found = rows.select_for_update().first()
    else:
        found = _OWN_CHAT_LOCKED.first(conversation_id, actor.id) if actor.id else None
    if found is None:
        raise NotFound
    return found


def refuse_stale_page(chat: Conversation, parent: object) -> None:
    """Raises Conflict where a client's ``parent`` is not the current leaf: another window has moved the chat on."""
    leaf = chat.active_leaf_id
    if parent not in (None, "") and str(parent) != str(leaf):
        raise Conflict("This chat has moved on in another window. Here is where it stands now.", {"active_leaf": leaf})


def refuse_while_streaming(chat: Conversation) -> None:
    """Raises Conflict while a reply of this chat is queued or streaming.

    The state alone decides: a lease that seems to have run out by this machine's clock may be alive by another's.
    """
    if _RUNNING_GENERATION.first(chat.pk):
        words = "A reply is still being written. Wait for it, or stop it first."
        raise Conflict(words, {"active_leaf": chat.active_leaf_id})


_INSERT_MESSAGE = PreparedInsert(Message)


def add_message(chat: Conversation, entry: str, parent: Message | None, **more: object) -> Message:
    """Insert a message below ``parent`` and make it the active leaf. The caller holds the chat's lock."""
    moment = now()
    place = (parent.place or 0) + 1 if parent else 1
    message = _INSERT_MESSAGE.create(
        user_id=chat.user_id,
        conversation=chat,
        entry=entry,
        parent=parent,
        place=place,
        created_timestamp=moment,
        modified_timestamp=moment,
        message_status_delivery_status="sent",
        **more,
    )
    _SET_NEWEST_MESSAGE.run(chat.pk, message.pk, moment)
    chat.active_leaf = message
    return message


def set_leaf(chat: Conversation, message_id: int | None) -> int | None:
    """Make a message the active leaf, and return it. Memories of other branches are switched off."""
    Conversation.objects.filter(pk=chat.pk).update(active_leaf=message_id, modified_timestamp=now())
    # Chats without memories skip reading the path, which is long in long chats.
    if chat.memory_state:
        follow_branch(chat.pk, lambda: tree_sql.path_to(chat.pk, message_id))
    return message_id


def switch_branch(
    actor: Actor, conversation_id: int, message: object, *, exact: bool = False, parent: object = None
) -> int | None:
    """Switch to the newest leaf below a message, or (``exact``) to the message itself; returns the new leaf.

    Raises NotFound, and Conflict for a stale page or while a reply is streaming.
    """
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        refuse_stale_page(chat, parent)
        refuse_while_streaming(chat)
        wanted = thread.get_message(chat.pk, message)
        return set_leaf(chat, wanted.pk if exact else tree_sql.newest_below(chat.pk, wanted.pk))


def edit_message(actor: Actor, conversation_id: int, message: object, entry: str, reason: str = "") -> Message:
    """Replace the text of a message and keep the former one in its history.

    Raises NotFound, Conflict while it streams, and BadRequest for words that the actor has chosen never to send.

    The caller has checked ``entry`` with ``turns.check_entry``.
    """
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        row = thread.get_message(chat.pk, message)
        if Generation.objects.filter(message=row, state__in=RUNNING).exists():
            raise Conflict("This reply is still being written. Stop it first, then change it.")
        if row.entry == entry:
            return row
        refuse_unwanted_words(actor.id, entry)
        former = {"previous_content": row.entry, "edited_at": now()}
        history = [*(row.message_status_edit_history or []), {**former, **({"edit_reason": reason} if reason else {})}]
        row.entry, row.modified_timestamp = entry, now()
        row.message_status_is_edited, row.message_status_edited_at = True, now()
        row.message_status_edit_history = history[-MAX_EDIT_HISTORY:]
        row.save()
        Conversation.objects.filter(pk=chat.pk).update(modified_timestamp=now())
        sources.refresh("message", [row.pk])
        return row


def remove_message(
    actor: Actor, conversation_id: int, message: object, *, following: bool = False, parent: object = None
) -> RemovalResult:
    """Soft-delete a message (``following``: and all below it) for 30 days.

    Raises NotFound, and Conflict for a stale page or while a reply is streaming.
    """
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        refuse_stale_page(chat, parent)
        refuse_while_streaming(chat)
        row = thread.get_message(chat.pk, message)
        gone = tree_sql.all_below(row.pk) if following else [row.pk]
        undo = _soft_delete(chat, gone)
        return RemovalResult(set_leaf(chat, _leaf_after_removal(chat, row)), undo)


def _soft_delete(chat: Conversation, ids: list[int]) -> str:
    """Mark rows as removed under one instant, by which ``undo_removal`` finds them again; returns it."""
    stamp = _unused_undo_mark(chat)
    Message.objects.filter(conversation=chat.pk, pk__in=ids, deleted_at__isnull=True).update(deleted_at=stamp)
    undos = [*(chat.undos or []), {"undo": stamp, "leaf": chat.active_leaf_id}]
    Conversation.objects.filter(pk=chat.pk).update(undos=undos[-MAX_UNDOS:])
    sources.refresh("message", ids)
    return stamp


def _unused_undo_mark(chat: Conversation) -> str:
    """The current instant, extended where two removals of this chat fall into one millisecond."""
    stamp, taken = now(), {str(each.get("undo")) for each in chat.undos or []}
    return stamp if stamp not in taken else f"{stamp[:-1]}{len(taken):03d}Z"


def _leaf_after_removal(chat: Conversation, row: Message) -> int | None:
    """The leaf after a removal: the old one if it is left, else the newest alternative's, else the message above."""
    leaf = chat.active_leaf_id
    if leaf and Message.objects.filter(pk=leaf, deleted_at__isnull=True).exists():
        return int(leaf)
    beside = Message.objects.filter(conversation=chat.pk, parent=row.parent_id, deleted_at__isnull=True)
    alternative = beside.exclude(pk=row.pk).order_by("-id").values_list("pk", flat=True).first()
    if alternative:
        return tree_sql.newest_below(chat.pk, alternative)
    above = tree_sql.path_to(chat.pk, leaf, 1)
    return above[-1] if above else None


def undo_removal(actor: Actor, conversation_id: int, mark: object, message: object = None) -> int | None:
    """Restore what one removal deleted, or a single message of it; returns the leaf afterwards.

    Raises NotFound, and Conflict while a reply is streaming.
    """
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        refuse_while_streaming(chat)
        former = next((each for each in chat.undos or [] if each.get("undo") == mark), None)
        rows = Message.objects.filter(conversation=chat.pk, deleted_at=str(mark))
        single = thread.get_message(chat.pk, message, hidden=True).pk if message not in (None, "") else None
        ids = list((rows.filter(pk=single) if single else rows).values_list("pk", flat=True))
        if former is None or not ids:
            raise NotFound("This was put back before, or its 30 days are over.")
        Message.objects.filter(pk__in=ids).update(deleted_at=None)
        sources.refresh("message", ids)
        if not rows.exists():
            rest = [each for each in chat.undos or [] if each.get("undo") != mark]
            Conversation.objects.filter(pk=chat.pk).update(undos=rest)
        return set_leaf(chat, _leaf_after_undo(chat, ids, None if single else former.get("leaf")))


def _leaf_after_undo(chat: Conversation, ids: list[int], former: int | None) -> int | None:
    """The leaf after an undo: the current one if its branch shows the restored messages, else the one before removal."""
    alive = Message.objects.filter(pk=former, conversation=chat.pk, deleted_at__isnull=True).exists()
    end = former if alive else tree_sql.newest_below(chat.pk, ids[-1])
    shown = set(tree_sql.path_to(chat.pk, chat.active_leaf_id))
    return chat.active_leaf_id if end in shown or shown.issuperset(ids) else end


def clear_chat(actor: Actor, conversation_id: int) -> RemovalResult:
    """Soft-delete everything but the greetings. Raises NotFound and Conflict."""
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        refuse_while_streaming(chat)
        rows = Message.objects.filter(conversation=chat.pk, deleted_at__isnull=True).order_by("id")
        path = tree_sql.path_to(chat.pk, chat.active_leaf_id)
        greetings = set(
            rows.filter(parent__isnull=True, bot__isnull=False, message_attribution_is_ai_generated=False).values_list(
                "pk", flat=True
            )
        )
        mark = _soft_delete(chat, list(rows.exclude(pk__in=greetings).values_list("pk", flat=True)))
        first = next((i for i in path if i in greetings), max(greetings, default=None))
        return RemovalResult(set_leaf(chat, first), mark)


def toggle_reaction(actor: Actor, conversation_id: int, message: object, emoji: object) -> MessageReactions:
    """Add or remove the actor's reaction; returns the reactions afterwards. Raises NotFound and BadRequest."""
    if not isinstance(emoji, str) or not emoji.strip() or len(emoji) > MAX_EMOJI_CHARACTERS or emoji.isalnum():
        raise BadRequest(f"emoji: give one sign of at most {MAX_EMOJI_CHARACTERS} characters, such as ❤.")
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        row = thread.get_message(chat.pk, message)
        given = row.message_content_reactions if isinstance(row.message_content_reactions, dict) else {}
        who = [i for i in _user_ids(given.get(emoji)) if i != actor.id]
        if len(who) == len(_user_ids(given.get(emoji))):
            who.append(int(actor.id or 0))
        kept = {**given, emoji: who}
        if len(kept) > 24:
            raise ApiError("A message takes at most 24 different reactions.")
        Message.objects.filter(pk=row.pk).update(message_content_reactions={k: v for k, v in kept.items() if v})
        row.message_content_reactions = {k: v for k, v in kept.items() if v}
        return reactions_of(row, actor)


def _user_ids(given: object) -> list[int]:
    return [i for i in given if isinstance(i, int)] if isinstance(given, list) else []


def reactions_of(row: Message, actor: Actor) -> MessageReactions:
    """Count the reactions on a message."""
    given = row.message_content_reactions if isinstance(row.message_content_reactions, dict) else {}
    counts = {str(emoji): len(_user_ids(who)) for emoji, who in given.items() if _user_ids(who)}
    return MessageReactions(counts, [emoji for emoji in counts if actor.id in _user_ids(given.get(emoji))])


def mark_read(actor: Actor, conversation_id: int) -> None:
    """Mark the chat as seen up to its active leaf. Raises NotFound."""
    rows = CONVERSATIONS.visible_to(actor, "update").filter(user=actor.id, pk=conversation_id)
    if not rows.update(seen_message=F("active_leaf_id")):
        raise NotFound
