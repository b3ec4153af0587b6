"""The beginning of a turn: the person's words are committed, with a place for every reply, before a model is asked."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.accounts.collections.media import MEDIA
from botcafe.areas.companions.chats import participants, speaking_order, thread
from botcafe.areas.companions.chats.settings import find_own_persona, read_auto_mode, set_persona
from botcafe.areas.companions.chats.tree import (
    MAX_ENTRY_CHARACTERS,
    RUNNING,
    add_message,
    lock_own_chat,
    refuse_stale_page,
    refuse_while_streaming,
)
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import Generation as Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.collections.persona import Persona
from botcafe.cms.db.prepared import Prepared, PreparedInsert, PreparedUpdate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, Conflict, FieldProblem, NotFound, ValidationFailed
from botcafe.kit.instants import from_epoch, now

LEASE_SECONDS = 15
MODES = ("send", "continue", "regenerate", "impersonate")
MAX_ATTACHMENTS = 8
MAX_IDEMPOTENCY_KEY_CHARACTERS = 200
IDEMPOTENCY_KEY = "idempotency_key"
MAX_MESSAGES_SEARCHED = 20


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """A turn as it is asked for; see the API's own page for the fields."""

    mode: str = "send"
    entry: object = None
    message: object = None
    bot: object = None
    persona: object = None
    attachments: object = None
    reply_to: object = None
    parent: object = None
    idempotency_key: object = None
    has_persona: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "TurnRequest":
        """A turn by the names of its fields; what else is given is left alone."""
        names = [each.name for each in fields(cls) if each.name in given and each.name != "has_persona"]
        return cls(**{name: given[name] for name in names}, has_persona="persona" in given)


@dataclass(frozen=True, slots=True)
class StartedTurn:
    """An accepted turn: the person's message (None where only a reply was asked for) and the replies to come."""

    message: Message | None
    generations: list[Generation] = field(default_factory=list)
    leaf_id: int | None = None
    is_repeat: bool = False


def check_entry(entry: object, *, may_be_empty: bool = False) -> str:
    """The text of a message, once it is found good. Raises ValidationFailed."""
    problem = ""
    if may_be_empty and (entry is None or (isinstance(entry, str) and not entry.strip())):
        return ""
    if not isinstance(entry, str) or not entry.strip():
        problem = "Write something first: an empty message is not sent."
    elif len(entry) > MAX_ENTRY_CHARACTERS:
        problem = f"A message has at most {MAX_ENTRY_CHARACTERS:,} characters; this one has {len(entry):,}."
    elif "\x00" in entry:
        problem = "This value has a control character; only line breaks and tabs are taken."
    if problem:
        raise ValidationFailed("message", [FieldProblem("entry", problem, "Entry")])
    return str(entry)


def check_mode(asked: TurnRequest) -> None:
    """Raises BadRequest for what is no kind of turn."""
    if asked.mode not in MODES:
        raise BadRequest(f"mode must be one of {', '.join(MODES)}.")


def apply_turn_persona(actor: Actor, chat: Conversation, asked: TurnRequest) -> None:
    """The persona that a turn names is worn from here on; the caller keeps it, or does not. Raises NotFound."""
    if asked.has_persona:
        set_persona(chat, find_own_persona(actor, asked.persona))


def find_quoted_message(chat: Conversation, asked: TurnRequest) -> Message | None:
    """Get the message that a turn refers to, if it names one. Raises NotFound."""
    return thread.get_message(chat.pk, asked.reply_to) if asked.reply_to not in (None, "") else None


def get_participants(chat: Conversation, wanted: object) -> tuple[list[Any], Bot | None]:
    """The rows of the cast, kept for the turn, and the bot that is asked by its id.

    Raises NotFound for a bot that does not take part, and ApiError where none does.
    """
    rows = chat.parts_read = participants.load_participations(chat.pk)
    if not rows:
        raise ApiError("No bot takes part in this chat, so nobody would answer.")
    if wanted in (None, ""):
        return rows, None
    named: Bot | None = next((row.bot for row in rows if str(row.bot_id) == str(wanted)), None)
    if named is None:
        raise NotFound("This bot does not take part in the chat.")
    return rows, named


def commit_turn(actor: Actor, conversation_id: int, asked: TurnRequest, lease: str = "") -> StartedTurn:
    """Commit the person's message and a place for every reply that answers it.

    Raises NotFound, ValidationFailed, BadRequest, and Conflict where the page showed an old leaf, the chat is archived
    or a reply is still being written. The same ``idempotency_key`` again gives the same answer.
    """
    check_mode(asked)
    key = _read_idempotency_key(asked)
    try:
        with transaction.atomic():
            return _commit_in_transaction(actor, conversation_id, asked, key, lease)
    except IntegrityError:
        with transaction.atomic():
            return _commit_in_transaction(actor, conversation_id, asked, key, lease)


def _read_idempotency_key(asked: TurnRequest) -> str | None:
    """Who gives a key counts on it: what is none is refused, not left out."""
    key = asked.idempotency_key
    if key in (None, ""):
        return None
    if not isinstance(key, str) or len(key) > MAX_IDEMPOTENCY_KEY_CHARACTERS:
        raise BadRequest(f"idempotency_key must be a text of at most {MAX_IDEMPOTENCY_KEY_CHARACTERS} characters.")
    return key


def _commit_in_transaction(
    actor: Actor, conversation_id: int, asked: TurnRequest, key: str | None, lease: str
) -> StartedTurn:
    chat = lock_own_chat(actor, conversation_id)
    if key is not None and (before := _find_earlier_answer(chat, key)):
        return before
    if chat.status == "archived":
        raise Conflict("This chat is archived. Take it out of the archive to go on.")
    refuse_stale_page(chat, asked.parent)
    cancel_waiting_auto_turn(chat)
    refuse_while_streaming(chat)
    apply_turn_persona(actor, chat, asked)
    if asked.has_persona:
        chat.save(update_fields=["persona", "participants"])
    return _COMMIT_BY_MODE[asked.mode](actor, chat, asked, ReplyQueue(chat, key, lease))


def cancel_waiting_auto_turn(chat: Conversation) -> None:
    """In the pause of auto mode the person may speak: the reply that waits for its turn is not written."""
    if not chat.auto_mode:
        return
    waiting = Generation.objects.filter(conversation=chat.pk, state="queued", mode="auto").select_related("message")
    for row in waiting:
        Generation.objects.filter(pk=row.pk).update(state="stopped", ended_at=now(), lease_until=None)
        Message.objects.filter(pk=row.message_id).update(is_growing=False, deleted_at=now())
        if chat.active_leaf_id == row.message_id:
            chat.active_leaf_id = row.message.parent_id
            Conversation.objects.filter(pk=chat.pk).update(active_leaf=row.message.parent_id)


def _find_earlier_answer(chat: Conversation, key: str) -> StartedTurn | None:
    """What the same request was answered the first time."""
    first = _with_relations(Generation.objects.filter(conversation=chat.pk, idempotency_key=key)).first()
    if first is None:
        return _find_earlier_message(chat, key)
    found = [first]
    while follower := _with_relations(Generation.objects.filter(after=found[-1].pk)).first():
        found.append(follower)
    asked_by = first.message.parent if first.mode == "send" else None
    return StartedTurn(asked_by, found, chat.active_leaf_id, is_repeat=True)


def _find_earlier_message(chat: Conversation, key: str) -> StartedTurn | None:
    """The same where nobody was to reply: the message itself keeps the key then."""
    if chat.speaking_order != "manual":
        return None
    for row in Message.objects.filter(conversation=chat.pk, origin__isnull=False).order_by("-id")[
        :MAX_MESSAGES_SEARCHED
    ]:
        if isinstance(row.origin, dict) and row.origin.get(IDEMPOTENCY_KEY) == key:
            return StartedTurn(row, [], chat.active_leaf_id, is_repeat=True)
    return None


def _with_relations(rows: Any) -> Any:
    return rows.select_related("bot__picture", "message__parent")


_INSERT_GENERATION = PreparedInsert(Generation)


class ReplyQueue:
    """Makes the places for the replies of one turn, one after another."""

    def __init__(self, chat: Conversation, key: str | None, lease: str, after: Generation | None = None) -> None:
        self.chat, self.key, self.lease, self.after = chat, key, lease, after
        self.made: list[Generation] = []

    def reply(self, bot: Bot | None, parent: Message | None, mode: str) -> Generation:
        """A new message of a bot (None: of the person) that is to be written."""
        more: dict[str, Any] = {"bot": bot, "message_attribution_source_bot": bot}
        if bot is None:
            more["persona"] = self.chat.persona
        message = add_message(self.chat, "", parent, message_attribution_is_ai_generated=True, is_growing=True, **more)
        return self.generation(message, bot, mode)

    def generation(
        self, message: Message, bot: Bot | None, mode: str, standing: str = "", attempt: int = 1
    ) -> Generation:
        """A reply in the making that grows into a message."""
        made: Generation = _INSERT_GENERATION.create(
            user_id=self.chat.user_id,
            conversation=self.chat,
            message=message,
            bot=bot,
            mode=mode,
            standing=standing,
            attempt=attempt,
            idempotency_key=None if self.made else self.key,
            after=self.made[-1] if self.made else self.after,
            lease_owner=self.lease,
            lease_until=from_epoch(time.time() + LEASE_SECONDS),
        )
        self.made.append(made)
        return made


_COUNT_PERSONA_USE = PreparedUpdate(
    lambda pk: (Persona.objects.filter(pk=pk), {"usage_count": Coalesce(F("usage_count"), 0.0) + 1}), 1
)


def _commit_send(actor: Actor, chat: Conversation, asked: TurnRequest, writer: ReplyQueue) -> StartedTurn:
    files = _read_attachments(actor, asked.attachments)
    text = check_entry(asked.entry, may_be_empty=bool(files))
    quoted = find_quoted_message(chat, asked)
    above = _find_target(chat)
    message = add_message(chat, text, above, persona=chat.persona, message_thread_reply_to=quoted)
    for file in files:
        thread.ATTACHMENTS.link.objects.create(parent=message, target_id=file)
    if chat.persona_id:
        _COUNT_PERSONA_USE.run(chat.persona_id)
    begun = _queue_replies(chat, message, asked, writer, text, given=message)
    if writer.key is not None and not begun.generations:
        Message.objects.filter(pk=message.pk).update(origin={IDEMPOTENCY_KEY: writer.key})
    return begun


def _queue_replies(
    chat: Conversation, under: Message, asked: TurnRequest, writer: ReplyQueue, text: str, given: Message | None
) -> StartedTurn:
    for bot in _choose_speakers(chat, asked.bot, text, under):
        under = writer.reply(bot, under, asked.mode).message
    return StartedTurn(given, writer.made, chat.active_leaf_id)


def _choose_speakers(chat: Conversation, wanted: object, text: str, under: Message) -> Sequence[Bot]:
    rows, named = get_participants(chat, wanted)
    if named is not None:
        return [named]
    bots = {row.bot_id: row.bot for row in rows}
    parts = [participants.read_participant(row) for row in rows]
    if not any(p.is_active for p in parts):
        raise Conflict("Every bot of this chat is muted. Let one speak again, or choose who answers.")
    alone = [p.bot_id for p in parts if p.is_active]
    if len(alone) == 1:
        return [bots[alone[0]]]
    last, spoken = speakers_since_user_message(chat, under)
    ids = speaking_order.choose_speakers(
        parts, chat.speaking_order or "natural", text, f"{chat.pk}:{under.pk}", last=last, spoken=spoken
    )
    return [bots[i] for i in ids]


def speakers_since_user_message(chat: Conversation, leaf: Message) -> tuple[int | None, frozenset[int]]:
    """The bot that spoke last (None where the person did), and all bots that have spoken since the person did."""
    spoken: list[int] = []
    for row in reversed(thread.load_branch(chat.pk, leaf.pk, 40)):
        if not row.bot_id:
            break
        spoken.append(row.bot_id)
    return (spoken[0] if spoken else None), frozenset(spoken)


def _commit_continue(actor: Actor, chat: Conversation, asked: TurnRequest, writer: ReplyQueue) -> StartedTurn:
    leaf = _get_target(chat, asked.message)
    goes_on = leaf.bot_id is not None and (asked.bot in (None, "") or str(asked.bot) == str(leaf.bot_id))
    if goes_on and not leaf.parent_id and not leaf.message_attribution_is_ai_generated:
        goes_on = False  # a greeting is the bot's own text: it is answered, not stretched
    if not goes_on:
        return _queue_replies(chat, leaf, asked, writer, leaf.entry, given=None)
    former = Generation.objects.filter(message=leaf).order_by("-attempt").values_list("attempt", flat=True).first()
    Message.objects.filter(pk=leaf.pk).update(is_growing=True)
    writer.generation(leaf, leaf.bot, "continue", leaf.entry, int(former or 0) + 1)
    return StartedTurn(None, writer.made, chat.active_leaf_id)


def _commit_regenerate(actor: Actor, chat: Conversation, asked: TurnRequest, writer: ReplyQueue) -> StartedTurn:
    row = _get_target(chat, asked.message)
    if not row.bot_id and not row.message_attribution_is_ai_generated:
        raise BadRequest("message: only a reply can be written again; edit your own words instead.")
    if row.parent_id is None and not row.message_attribution_is_ai_generated:
        raise BadRequest("message: a greeting has its own alternatives; choose among them.")
    writer.reply(row.bot, row.parent, "regenerate")
    return StartedTurn(None, writer.made, chat.active_leaf_id)


def _commit_impersonate(actor: Actor, chat: Conversation, asked: TurnRequest, writer: ReplyQueue) -> StartedTurn:
    writer.reply(None, _find_target(chat), "impersonate")
    return StartedTurn(None, writer.made, chat.active_leaf_id)


_COMMIT_BY_MODE = {
    "send": _commit_send,
    "continue": _commit_continue,
    "regenerate": _commit_regenerate,
    "impersonate": _commit_impersonate,
}


_ACTIVE_LEAF = Prepared(
    lambda pk, chat: Message.objects.filter(pk=pk, conversation=chat, deleted_at__isnull=True).select_related(
        "bot__picture"
    ),
    2,
)


def _find_target(chat: Conversation, wanted: object = None) -> Any:
    """The message that is meant: the named one, or the newest that is not taken out (None in an empty chat)."""
    if wanted not in (None, ""):
        return thread.get_message(chat.pk, wanted)
    if chat.active_leaf_id is None:
        return None
    if found := _ACTIVE_LEAF.first(chat.active_leaf_id, chat.pk):
        return found
    above = thread.load_branch(chat.pk, chat.active_leaf_id, 1)
    return above[-1] if above else None


def _get_target(chat: Conversation, wanted: object) -> Message:
    """The message that is gone on with, or written again. Raises Conflict in an empty chat."""
    found: Message | None = _find_target(chat, wanted)
    if found is None:
        raise Conflict("Nothing is said in this chat yet. Write the first message.")
    return found


def _read_attachments(actor: Actor, given: object) -> list[int]:
    if given in (None, "", []):
        return []
    if not isinstance(given, list) or len(given) > MAX_ATTACHMENTS:
        raise BadRequest(f"attachments must be a list of at most {MAX_ATTACHMENTS} ids of your files.")
    ids = [int(i) for i in given if str(i).isdecimal() and len(str(i)) < 19]
    mine = set(MEDIA.visible_to(actor).filter(pk__in=ids, user=actor.id).values_list("pk", flat=True))
    if len(ids) != len(given) or mine != set(ids):
        raise NotFound("One of the attachments is not there, or it is not yours.")
    return [i for i in dict.fromkeys(ids) if i in mine]


def commit_auto_turn(generation_id: int, lease: str) -> list[Generation]:
    """After the end of a turn: the next speakers where auto mode is on, one turn less of it. Empty where it is not."""
    with transaction.atomic():
        ended = Generation.objects.select_related("message", "conversation").get(pk=generation_id)
        chat = Conversation.objects.select_for_update().get(pk=ended.conversation_id)
        auto = read_auto_mode(chat.auto_mode)
        if not auto["on"] or chat.deleted_at or chat.active_leaf_id != ended.message_id or ended.state != "complete":
            return []
        Conversation.objects.filter(pk=chat.pk).update(
            auto_mode={**auto, "turns": auto["turns"] - 1, "on": auto["turns"] > 1}
        )
        writer = ReplyQueue(chat, None, lease, after=ended)
        leaf = ended.message
        last, spoken = speakers_since_user_message(chat, leaf)
        rows = participants.load_participations(chat.pk)
        order = "pooled" if chat.speaking_order in {"manual", "mention", "list"} else chat.speaking_order or "natural"
        parts = [participants.read_participant(row) for row in rows]
        ids = speaking_order.choose_speakers(
            parts, order, leaf.entry, f"{chat.pk}:{leaf.pk}", last=last, spoken=_spoken_this_round(parts, spoken)
        )
        bots = {row.bot_id: row.bot for row in rows}
        for number in ids[:1]:
            writer.reply(bots[number], leaf, "auto")
        return writer.made


def switch_off_auto_mode(conversation_id: int) -> None:
    """Auto mode ends: a reply failed, and the next ones would too."""
    chat = Conversation.objects.select_for_update().get(pk=conversation_id)
    auto = read_auto_mode(chat.auto_mode)
    if auto["on"]:
        Conversation.objects.filter(pk=chat.pk).update(auto_mode={**auto, "on": False})


def _spoken_this_round(parts: list[speaking_order.Participant], spoken: frozenset[int]) -> frozenset[int]:
    """Once all have spoken, a new round begins."""
    return frozenset() if {p.bot_id for p in parts if p.is_active} <= spoken else spoken


def is_running(generation: Generation) -> bool:
    """Whether a reply is still to be written or being written."""
    return generation.state in RUNNING
