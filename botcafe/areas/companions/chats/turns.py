"""The beginning of a turn: the person's words are committed, with a place for every reply, before a model is asked."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.accounts.collections.media import MEDIA
from botcafe.areas.companions.chats import participants, thread
from botcafe.areas.companions.chats.settings import auto_of, own_persona, wear
from botcafe.areas.companions.chats.tree import (
    LONGEST_ENTRY,
    RUNNING,
    add_message,
    own_chat,
    refuse_stale,
    refuse_while_writing,
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
MOST_ATTACHMENTS = 8
LONGEST_KEY = 200
ASKED_BY = "idempotency_key"
LOOKED_BACK = 20


@dataclass(frozen=True, slots=True)
class Asked:
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
    def of(cls, given: Mapping[str, Any]) -> "Asked":
        """A turn by the names of its fields; what else is given is left alone."""
        names = [each.name for each in fields(cls) if each.name in given and each.name != "has_persona"]
        return cls(**{name: given[name] for name in names}, has_persona="persona" in given)


@dataclass(frozen=True, slots=True)
class Begun:
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
    elif len(entry) > LONGEST_ENTRY:
        problem = f"A message has at most {LONGEST_ENTRY:,} characters; this one has {len(entry):,}."
    elif "\x00" in entry:
        problem = "This value has a control character; only line breaks and tabs are taken."
    if problem:
        raise ValidationFailed("message", [FieldProblem("entry", problem, "Entry")])
    return str(entry)


def check_mode(asked: Asked) -> None:
    """Raises BadRequest for what is no kind of turn."""
    if asked.mode not in MODES:
        raise BadRequest(f"mode must be one of {', '.join(MODES)}.")


def put_on(actor: Actor, chat: Conversation, asked: Asked) -> None:
    """The persona that a turn names is worn from here on; the caller keeps it, or does not. Raises NotFound."""
    if asked.has_persona:
        wear(chat, own_persona(actor, asked.persona))


def quoted_by(chat: Conversation, asked: Asked) -> Message | None:
    """Get the message that a turn refers to, if it names one. Raises NotFound."""
    return thread.message_in(chat.pk, asked.reply_to) if asked.reply_to not in (None, "") else None


def taking_part(chat: Conversation, wanted: object) -> tuple[list[Any], Bot | None]:
    """The rows of the cast, kept for the turn, and the bot that is asked by its id.

    Raises NotFound for a bot that does not take part, and ApiError where none does.
    """
    rows = chat.parts_read = participants.parts_of(chat.pk)
    if not rows:
        raise ApiError("No bot takes part in this chat, so nobody would answer.")
    if wanted in (None, ""):
        return rows, None
    named: Bot | None = next((row.bot for row in rows if str(row.bot_id) == str(wanted)), None)
    if named is None:
        raise NotFound("This bot does not take part in the chat.")
    return rows, named


def begin_turn(actor: Actor, conversation_id: int, asked: Asked, lease: str = "") -> Begun:
    """Commit the person's message and a place for every reply that answers it.

    Raises NotFound, ValidationFailed, BadRequest, and Conflict where the page showed an old leaf, the chat is archived
    or a reply is still being written. The same ``idempotency_key`` again gives the same answer.
    """
    check_mode(asked)
    key = _key_of(asked)
    try:
        with transaction.atomic():
            return _begin(actor, conversation_id, asked, key, lease)
    except IntegrityError:
        with transaction.atomic():
            return _begin(actor, conversation_id, asked, key, lease)


def _key_of(asked: Asked) -> str | None:
    """Who gives a key counts on it: what is none is refused, not left out."""
    key = asked.idempotency_key
    if key in (None, ""):
        return None
    if not isinstance(key, str) or len(key) > LONGEST_KEY:
        raise BadRequest(f"idempotency_key must be a text of at most {LONGEST_KEY} characters.")
    return key


def _begin(actor: Actor, conversation_id: int, asked: Asked, key: str | None, lease: str) -> Begun:
    chat = own_chat(actor, conversation_id)
    if key is not None and (before := _answered(chat, key)):
        return before
    if chat.status == "archived":
        raise Conflict("This chat is archived. Take it out of the archive to go on.")
    refuse_stale(chat, asked.parent)
    _take_the_word(chat)
    refuse_while_writing(chat)
    put_on(actor, chat, asked)
    if asked.has_persona:
        chat.save(update_fields=["persona", "participants"])
    return _MODES[asked.mode](actor, chat, asked, Writer(chat, key, lease))


def _take_the_word(chat: Conversation) -> None:
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


def _answered(chat: Conversation, key: str) -> Begun | None:
    """What the same request was answered the first time."""
    first = _full(Generation.objects.filter(conversation=chat.pk, idempotency_key=key)).first()
    if first is None:
        return _unanswered(chat, key)
    found = [first]
    while follower := _full(Generation.objects.filter(after=found[-1].pk)).first():
        found.append(follower)
    asked_by = first.message.parent if first.mode == "send" else None
    return Begun(asked_by, found, chat.active_leaf_id, is_repeat=True)


def _unanswered(chat: Conversation, key: str) -> Begun | None:
    """The same where nobody was to reply: the message itself keeps the key then."""
    if chat.speaking_order != "manual":
        return None
    for row in Message.objects.filter(conversation=chat.pk, origin__isnull=False).order_by("-id")[:LOOKED_BACK]:
        if isinstance(row.origin, dict) and row.origin.get(ASKED_BY) == key:
            return Begun(row, [], chat.active_leaf_id, is_repeat=True)
    return None


def _full(rows: Any) -> Any:
    return rows.select_related("bot__picture", "message__parent")


_GENERATION = PreparedInsert(Generation)


class Writer:
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
        made: Generation = _GENERATION.create(
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


_WORN = PreparedUpdate(
    lambda pk: (Persona.objects.filter(pk=pk), {"usage_count": Coalesce(F("usage_count"), 0.0) + 1}), 1
)


def _send(actor: Actor, chat: Conversation, asked: Asked, writer: Writer) -> Begun:
    files = _attachments(actor, asked.attachments)
    text = check_entry(asked.entry, may_be_empty=bool(files))
    quoted = quoted_by(chat, asked)
    above = _leaf(chat)
    message = add_message(chat, text, above, persona=chat.persona, message_thread_reply_to=quoted)
    for file in files:
        thread.LINKS.link.objects.create(parent=message, target_id=file)
    if chat.persona_id:
        _WORN.run(chat.persona_id)
    begun = _replies(chat, message, asked, writer, text, given=message)
    if writer.key is not None and not begun.generations:
        Message.objects.filter(pk=message.pk).update(origin={ASKED_BY: writer.key})
    return begun


def _replies(
    chat: Conversation, under: Message, asked: Asked, writer: Writer, text: str, given: Message | None
) -> Begun:
    for bot in _who_answers(chat, asked.bot, text, under):
        under = writer.reply(bot, under, asked.mode).message
    return Begun(given, writer.made, chat.active_leaf_id)


def _who_answers(chat: Conversation, wanted: object, text: str, under: Message) -> Sequence[Bot]:
    rows, named = taking_part(chat, wanted)
    if named is not None:
        return [named]
    bots = {row.bot_id: row.bot for row in rows}
    parts = [participants.part(row) for row in rows]
    if not any(p.is_active for p in parts):
        raise Conflict("Every bot of this chat is muted. Let one speak again, or choose who answers.")
    alone = [p.bot_id for p in parts if p.is_active]
    if len(alone) == 1:
        return [bots[alone[0]]]
    last, spoken = since_the_person_spoke(chat, under)
    ids = participants.speakers(
        parts, chat.speaking_order or "natural", text, f"{chat.pk}:{under.pk}", last=last, spoken=spoken
    )
    return [bots[i] for i in ids]


def since_the_person_spoke(chat: Conversation, leaf: Message) -> tuple[int | None, frozenset[int]]:
    """The bot that spoke last (None where the person did), and all bots that have spoken since the person did."""
    spoken: list[int] = []
    for row in reversed(thread.branch(chat.pk, leaf.pk, 40)):
        if not row.bot_id:
            break
        spoken.append(row.bot_id)
    return (spoken[0] if spoken else None), frozenset(spoken)


def _continue(actor: Actor, chat: Conversation, asked: Asked, writer: Writer) -> Begun:
    leaf = _last(chat, asked.message)
    goes_on = leaf.bot_id is not None and (asked.bot in (None, "") or str(asked.bot) == str(leaf.bot_id))
    if goes_on and not leaf.parent_id and not leaf.message_attribution_is_ai_generated:
        goes_on = False  # a greeting is the bot's own text: it is answered, not stretched
    if not goes_on:
        return _replies(chat, leaf, asked, writer, leaf.entry, given=None)
    former = Generation.objects.filter(message=leaf).order_by("-attempt").values_list("attempt", flat=True).first()
    Message.objects.filter(pk=leaf.pk).update(is_growing=True)
    writer.generation(leaf, leaf.bot, "continue", leaf.entry, int(former or 0) + 1)
    return Begun(None, writer.made, chat.active_leaf_id)


def _regenerate(actor: Actor, chat: Conversation, asked: Asked, writer: Writer) -> Begun:
    row = _last(chat, asked.message)
    if not row.bot_id and not row.message_attribution_is_ai_generated:
        raise BadRequest("message: only a reply can be written again; edit your own words instead.")
    if row.parent_id is None and not row.message_attribution_is_ai_generated:
        raise BadRequest("message: a greeting has its own alternatives; choose among them.")
    writer.reply(row.bot, row.parent, "regenerate")
    return Begun(None, writer.made, chat.active_leaf_id)


def _impersonate(actor: Actor, chat: Conversation, asked: Asked, writer: Writer) -> Begun:
    writer.reply(None, _leaf(chat), "impersonate")
    return Begun(None, writer.made, chat.active_leaf_id)


_MODES = {"send": _send, "continue": _continue, "regenerate": _regenerate, "impersonate": _impersonate}


_LEAF = Prepared(
    lambda pk, chat: Message.objects.filter(pk=pk, conversation=chat, deleted_at__isnull=True).select_related(
        "bot__picture"
    ),
    2,
)


def _leaf(chat: Conversation, wanted: object = None) -> Any:
    """The message that is meant: the named one, or the newest that is not taken out (None in an empty chat)."""
    if wanted not in (None, ""):
        return thread.message_in(chat.pk, wanted)
    if chat.active_leaf_id is None:
        return None
    if found := _LEAF.first(chat.active_leaf_id, chat.pk):
        return found
    above = thread.branch(chat.pk, chat.active_leaf_id, 1)
    return above[-1] if above else None


def _last(chat: Conversation, wanted: object) -> Message:
    """The message that is gone on with, or written again. Raises Conflict in an empty chat."""
    found: Message | None = _leaf(chat, wanted)
    if found is None:
        raise Conflict("Nothing is said in this chat yet. Write the first message.")
    return found


def _attachments(actor: Actor, given: object) -> list[int]:
    if given in (None, "", []):
        return []
    if not isinstance(given, list) or len(given) > MOST_ATTACHMENTS:
        raise BadRequest(f"attachments must be a list of at most {MOST_ATTACHMENTS} ids of your files.")
    ids = [int(i) for i in given if str(i).isdecimal() and len(str(i)) < 19]
    mine = set(MEDIA.visible_to(actor).filter(pk__in=ids, user=actor.id).values_list("pk", flat=True))
    if len(ids) != len(given) or mine != set(ids):
        raise NotFound("One of the attachments is not there, or it is not yours.")
    return [i for i in dict.fromkeys(ids) if i in mine]


def begin_auto(generation_id: int, lease: str) -> list[Generation]:
    """After the end of a turn: the next speakers where auto mode is on, one turn less of it. Empty where it is not."""
    with transaction.atomic():
        ended = Generation.objects.select_related("message", "conversation").get(pk=generation_id)
        chat = Conversation.objects.select_for_update().get(pk=ended.conversation_id)
        auto = auto_of(chat.auto_mode)
        if not auto["on"] or chat.deleted_at or chat.active_leaf_id != ended.message_id or ended.state != "complete":
            return []
        Conversation.objects.filter(pk=chat.pk).update(
            auto_mode={**auto, "turns": auto["turns"] - 1, "on": auto["turns"] > 1}
        )
        writer = Writer(chat, None, lease, after=ended)
        leaf = ended.message
        last, spoken = since_the_person_spoke(chat, leaf)
        rows = participants.parts_of(chat.pk)
        order = "pooled" if chat.speaking_order in {"manual", "mention", "list"} else chat.speaking_order or "natural"
        parts = [participants.part(row) for row in rows]
        ids = participants.speakers(
            parts, order, leaf.entry, f"{chat.pk}:{leaf.pk}", last=last, spoken=_this_round(parts, spoken)
        )
        bots = {row.bot_id: row.bot for row in rows}
        for number in ids[:1]:
            writer.reply(bots[number], leaf, "auto")
        return writer.made


def end_auto(conversation_id: int) -> None:
    """Auto mode ends: a reply failed, and the next ones would too."""
    chat = Conversation.objects.select_for_update().get(pk=conversation_id)
    auto = auto_of(chat.auto_mode)
    if auto["on"]:
        Conversation.objects.filter(pk=chat.pk).update(auto_mode={**auto, "on": False})


def _this_round(parts: list[participants.Part], spoken: frozenset[int]) -> frozenset[int]:
    """Once all have spoken, a new round begins."""
    return frozenset() if {p.bot_id for p in parts if p.is_active} <= spoken else spoken


def is_running(generation: Generation) -> bool:
    """Whether a reply is still to be written or being written."""
    return generation.state in RUNNING
