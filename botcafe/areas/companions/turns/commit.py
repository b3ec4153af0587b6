"""Commits a turn: the user's message and a queued reply of every bot that answers, before any model is called."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from botcafe.areas.accounts.collections.media import MEDIA
from botcafe.areas.companions.bots.queries import refuse_hidden_bot
from botcafe.areas.companions.chats import participants
from botcafe.areas.companions.chats.settings import find_own_persona, refuse_hidden_persona, set_persona
from botcafe.areas.companions.chats.titles import name_chat
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation, ConversationParticipation
from botcafe.areas.companions.collections.generation import Generation as Generation
from botcafe.areas.companions.collections.message import Message, refuse_unshared_files
from botcafe.areas.companions.collections.persona import Persona
from botcafe.areas.companions.messages import thread, tree_sql
from botcafe.areas.companions.messages.tree import add_message, lock_own_chat, refuse_stale_page, refuse_while_streaming
from botcafe.areas.companions.turns import speaking_order
from botcafe.areas.companions.turns.reply_queue import ReplyQueue
from botcafe.areas.companions.turns.turn_request import TurnRequest, check_entry, check_mode, read_idempotency_key
from botcafe.areas.wellbeing.limits import count_turn
from botcafe.areas.wellbeing.notices import Notice
from botcafe.cms.db.prepared_statements import PreparedQuery, PreparedUpdate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, Conflict, NotFound
from botcafe.kit.ids import parse_row_id
from botcafe.kit.instants import now

MAX_ATTACHMENTS = 8
MAX_MESSAGES_SEARCHED = 20
# A round of at most sixteen bots, and a few more for those that spoke twice.
MAX_ROUND_MESSAGES = 40
IDEMPOTENCY_KEY = "idempotency_key"


@dataclass(frozen=True, slots=True)
class StartedTurn:
    """An accepted turn: the user's message (None where only a reply was requested) and the queued replies.

    ``is_repeat`` where the same request had been accepted before: its replies are running or have ended already.
    ``notices`` are for the person who sent it, to be read before the reply.
    """

    message: Message | None
    generations: list[Generation] = field(default_factory=list)
    leaf_id: int | None = None
    is_repeat: bool = False
    notices: tuple[Notice, ...] = ()


def commit_turn(actor: Actor, conversation_id: int, request: TurnRequest, lease_owner: str = "") -> StartedTurn:
    """Commit the user's message and queue every reply that answers it; ``lease_owner`` is the process that writes them.

    Raises NotFound, ValidationFailed, BadRequest, LimitReachedError, and Conflict where the page showed an old leaf, the
    chat is archived or a reply is still streaming. The same ``idempotency_key`` again gives the same answer.
    """
    check_mode(request)
    key = read_idempotency_key(request)
    try:
        with transaction.atomic():
            return _commit_in_transaction(actor, conversation_id, request, key, lease_owner)
    except IntegrityError:
        # Two requests with one key at the same time: the other one has committed, so this one finds its answer now.
        with transaction.atomic():
            return _commit_in_transaction(actor, conversation_id, request, key, lease_owner)


def _commit_in_transaction(
    actor: Actor, conversation_id: int, request: TurnRequest, key: str | None, lease_owner: str
) -> StartedTurn:
    chat = lock_own_chat(actor, conversation_id)
    if key is not None and (earlier := _find_earlier_answer(chat, key)):
        return earlier
    if chat.status == "archived":
        raise Conflict("This chat is archived. Take it out of the archive to go on.")
    refuse_stale_page(chat, request.parent)
    cancel_waiting_auto_turn(chat)
    refuse_while_streaming(chat)
    apply_turn_persona(actor, chat, request)
    if request.has_persona:
        chat.save(update_fields=["persona", "participants"])
    started = _COMMIT_BY_MODE[request.mode](actor, chat, request, ReplyQueue(chat, key, lease_owner))
    # Last, so that the account is locked before its counters, as where a reply ends; a refusal takes everything back.
    return replace(started, notices=(*started.notices, *count_turn(actor.id, request.entry)))


def apply_turn_persona(actor: Actor, chat: Conversation, request: TurnRequest) -> None:
    """Set the persona that a turn names, in memory; the caller saves the chat, or does not.

    Raises NotFound, and Forbidden where the chat's persona is not open to the actor any more.
    """
    if request.has_persona:
        set_persona(chat, find_own_persona(actor, request.persona))
    elif chat.persona_id:
        refuse_hidden_persona(actor, chat.persona)


def find_quoted_message(chat: Conversation, request: TurnRequest) -> Message | None:
    """The message that a turn replies to, if it names one. Raises NotFound."""
    return thread.get_message(chat.pk, request.reply_to) if request.reply_to not in (None, "") else None


def get_participants(chat: Conversation, bot_id: object) -> tuple[list[ConversationParticipation], Bot | None]:
    """The participations of a chat, kept on it for the rest of the turn, and the bot that is asked by its id.

    Raises NotFound for a bot that does not take part, and ApiError where none does.
    """
    rows = chat.parts_read = participants.load_participations(chat.pk)
    if not rows:
        raise ApiError("No bot takes part in this chat, so nobody would answer.")
    if bot_id in (None, ""):
        return rows, None
    named: Bot | None = next((row.bot for row in rows if str(row.bot_id) == str(bot_id)), None)
    if named is None:
        raise NotFound("This bot does not take part in the chat.")
    return rows, named


def cancel_waiting_auto_turn(chat: Conversation) -> None:
    """Cancel the queued auto reply: sending during an auto-mode pause takes the turn."""
    if not chat.auto_mode:
        return
    queued = Generation.objects.filter(conversation=chat.pk, state="queued", mode="auto").select_related("message")
    for row in queued:
        Generation.objects.filter(pk=row.pk).update(state="stopped", ended_at=now(), lease_until=None)
        Message.objects.filter(pk=row.message_id).update(is_growing=False, deleted_at=now())
        if chat.active_leaf_id == row.message_id:
            chat.active_leaf_id = row.message.parent_id
            Conversation.objects.filter(pk=chat.pk).update(active_leaf=row.message.parent_id)


def _find_earlier_answer(chat: Conversation, key: str) -> StartedTurn | None:
    """What the request with this idempotency key was answered the first time."""
    first = _with_relations(Generation.objects.filter(conversation=chat.pk, idempotency_key=key)).first()
    if first is None:
        return _find_earlier_message(chat, key)
    replies = [first]
    while follower := _with_relations(Generation.objects.filter(after=replies[-1].pk)).first():
        replies.append(follower)
    message = first.message.parent if first.mode == "send" else None
    return StartedTurn(message, replies, chat.active_leaf_id, is_repeat=True)


def _find_earlier_message(chat: Conversation, key: str) -> StartedTurn | None:
    """The same for a turn without a reply, where the message itself keeps the key."""
    if chat.speaking_order != "manual":
        return None
    rows = Message.objects.filter(conversation=chat.pk, origin__isnull=False).order_by("-id")
    for row in rows[:MAX_MESSAGES_SEARCHED]:
        if isinstance(row.origin, dict) and row.origin.get(IDEMPOTENCY_KEY) == key:
            return StartedTurn(row, [], chat.active_leaf_id, is_repeat=True)
    return None


def _with_relations(rows: QuerySet[Generation]) -> QuerySet[Generation]:
    return rows.select_related("bot__picture", "message__parent")


_COUNT_PERSONA_USE = PreparedUpdate(
    lambda pk: (Persona.objects.filter(pk=pk), {"usage_count": Coalesce(F("usage_count"), 0.0) + 1}), 1
)


def _commit_send(actor: Actor, chat: Conversation, request: TurnRequest, queue: ReplyQueue) -> StartedTurn:
    files = _read_attachments(actor, request.attachments)
    if files:
        refuse_unshared_files(chat)
    text = check_entry(request.entry, may_be_empty=bool(files))
    quoted = find_quoted_message(chat, request)
    parent = _find_target(chat)
    message = add_message(chat, text, parent, persona=chat.persona, message_thread_reply_to=quoted)
    for file in files:
        tree_sql.ATTACHMENTS.link.objects.create(parent=message, target_id=file)
    if chat.persona_id:
        _COUNT_PERSONA_USE.run(chat.persona_id)
    _queue_replies(actor, chat, message, request, queue, text)
    if parent is None or parent.parent_id is None:
        name_chat(chat, [row.bot.name for row in chat.parts_read or []], text)
    if queue.idempotency_key is not None and not queue.generations:
        Message.objects.filter(pk=message.pk).update(origin={IDEMPOTENCY_KEY: queue.idempotency_key})
    return StartedTurn(message, queue.generations, chat.active_leaf_id)


def _queue_replies(
    actor: Actor, chat: Conversation, parent: Message, request: TurnRequest, queue: ReplyQueue, text: str
) -> None:
    for bot in _choose_speakers(chat, request.bot, text, parent):
        refuse_hidden_bot(actor, bot)
        parent = queue.add_reply(bot, parent, request.mode).message


def _choose_speakers(chat: Conversation, bot_id: object, text: str, leaf: Message) -> Sequence[Bot]:
    rows, named = get_participants(chat, bot_id)
    if named is not None:
        return [named]
    bots = {row.bot_id: row.bot for row in rows}
    present = [participants.read_participant(row) for row in rows]
    active = [each.bot_id for each in present if each.is_active]
    if not active:
        raise Conflict("Every bot of this chat is muted. Let one speak again, or choose who answers.")
    # The common chat with one bot needs no look at who spoke last: one query less before the first token.
    if len(active) == 1:
        return [bots[active[0]]]
    last, spoken = speakers_since_user_message(chat, leaf)
    ids = speaking_order.choose_speakers(
        present, chat.speaking_order or "natural", text, f"{chat.pk}:{leaf.pk}", last=last, spoken=spoken
    )
    return [bots[each] for each in ids]


def speakers_since_user_message(chat: Conversation, leaf: Message) -> tuple[int | None, frozenset[int]]:
    """The bot that spoke last (None where the user did), and all bots that have spoken since the user did."""
    spoken: list[int] = []
    for row in reversed(thread.load_branch(chat.pk, leaf.pk, MAX_ROUND_MESSAGES)):
        if not row.bot_id:
            break
        spoken.append(row.bot_id)
    return (spoken[0] if spoken else None), frozenset(spoken)


def _commit_continue(actor: Actor, chat: Conversation, request: TurnRequest, queue: ReplyQueue) -> StartedTurn:
    leaf = _get_target(chat, request.message)
    is_same_bot = request.bot in (None, "") or str(request.bot) == str(leaf.bot_id)
    # A greeting is the bot's own text, written by its creator: it is answered, not continued.
    is_greeting = not leaf.parent_id and not leaf.message_attribution_is_ai_generated
    if leaf.bot_id is None or not is_same_bot or is_greeting:
        _queue_replies(actor, chat, leaf, request, queue, leaf.entry)
        return StartedTurn(None, queue.generations, chat.active_leaf_id)
    refuse_hidden_bot(actor, leaf.bot)
    attempts = Generation.objects.filter(message=leaf).order_by("-attempt").values_list("attempt", flat=True)
    Message.objects.filter(pk=leaf.pk).update(is_growing=True)
    queue.add_generation(leaf, leaf.bot, "continue", leaf.entry, int(attempts.first() or 0) + 1)
    return StartedTurn(None, queue.generations, chat.active_leaf_id)


def _commit_regenerate(actor: Actor, chat: Conversation, request: TurnRequest, queue: ReplyQueue) -> StartedTurn:
    row = _get_target(chat, request.message)
    if not row.bot_id and not row.message_attribution_is_ai_generated:
        raise BadRequest("message: only a reply can be written again; edit your own words instead.")
    if row.parent_id is None and not row.message_attribution_is_ai_generated:
        raise BadRequest("message: a greeting has its own alternatives; choose among them.")
    if row.bot is not None:
        refuse_hidden_bot(actor, row.bot)
    queue.add_reply(row.bot, row.parent, "regenerate")
    return StartedTurn(None, queue.generations, chat.active_leaf_id)


def _commit_impersonate(actor: Actor, chat: Conversation, request: TurnRequest, queue: ReplyQueue) -> StartedTurn:
    rows, _ = get_participants(chat, None)
    refuse_hidden_bot(actor, participants.primary_bot(rows))
    queue.add_reply(None, _find_target(chat), "impersonate")
    return StartedTurn(None, queue.generations, chat.active_leaf_id)


_COMMIT_BY_MODE = {
    "send": _commit_send,
    "continue": _commit_continue,
    "regenerate": _commit_regenerate,
    "impersonate": _commit_impersonate,
}
_ACTIVE_LEAF = PreparedQuery(
    lambda pk, chat: Message.objects.filter(pk=pk, conversation=chat, deleted_at__isnull=True).select_related(
        "bot__picture"
    ),
    2,
)


def _find_target(chat: Conversation, message_id: object = None) -> Message | None:
    """The named message, else the newest that is not removed (None in an empty chat)."""
    if message_id not in (None, ""):
        return thread.get_message(chat.pk, message_id)
    if chat.active_leaf_id is None:
        return None
    leaf: Message | None = _ACTIVE_LEAF.first(chat.active_leaf_id, chat.pk)
    if leaf:
        return leaf
    # The leaf itself was removed: the branch goes on from the nearest message above it.
    above = thread.load_branch(chat.pk, chat.active_leaf_id, 1)
    return above[-1] if above else None


def _get_target(chat: Conversation, message_id: object) -> Message:
    """The message to continue or regenerate. Raises Conflict in an empty chat."""
    found = _find_target(chat, message_id)
    if found is None:
        raise Conflict("Nothing is said in this chat yet. Write the first message.")
    return found


def _read_attachments(actor: Actor, given: object) -> list[int]:
    """The ids of the files of a message. Raises BadRequest and NotFound."""
    if given in (None, "", []):
        return []
    if not isinstance(given, list) or len(given) > MAX_ATTACHMENTS:
        raise BadRequest(f"attachments must be a list of at most {MAX_ATTACHMENTS} ids of your files.")
    ids = [number for each in given if (number := parse_row_id(each)) is not None]
    own = set(MEDIA.visible_to(actor).filter(pk__in=ids, user=actor.id).values_list("pk", flat=True))
    if len(ids) != len(given) or own != set(ids):
        raise NotFound("One of the attachments is not there, or it is not yours.")
    return list(dict.fromkeys(ids))
