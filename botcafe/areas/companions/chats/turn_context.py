"""What a reply is made of, read in a handful of queries on the server's own behalf.

A bot's definition is used here without being readable: what comes of it goes to the model, and to the inspector only as
far as the person may read it.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.companions.bots.queries import may_read_definition
from botcafe.areas.companions.chats import thread
from botcafe.areas.companions.chats.model_choice import first_chosen
from botcafe.areas.companions.chats.participants import load_participations, read_participant
from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.companions.chats.settings import read_chat_settings
from botcafe.areas.companions.chats.speaking_order import Participant
from botcafe.areas.companions.chats.turns import (
    TurnRequest,
    apply_turn_persona,
    check_entry,
    check_mode,
    find_quoted_message,
    get_participants,
)
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation, ConversationParticipation
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.persona import Persona
from botcafe.areas.companions.collections.sampler_preset import SamplerPreset
from botcafe.cms.db.prepared import Prepared
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.instants import now

FIRST_PAGE_MESSAGES = 180
MESSAGES_WITH_PICTURES = 8


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """A message as the model is to read it. ``name`` is who spoke; ``bot_id`` None is the person; ``quotes`` is a message."""

    id: int
    bot_id: int | None
    name: str
    text: str
    created_at: str
    pictures: tuple[tuple[str, str], ...] = ()
    quotes: int | None = None


@dataclass(slots=True)
class TurnContext:
    """Everything that a reply is made of. ``speaker`` is None where the person's own line is to be written.

    ``user_name`` is the person's in this reply, ``own_name`` that of lines that were said without a persona.
    """

    generation_id: int
    message_id: int
    conversation_id: int
    user_id: int
    user_name: str
    bot: Bot
    speaker: Bot | None
    model_choice: dict[str, Any]
    settings: dict[str, Any]
    parts: list[Participant] = field(default_factory=list)
    persona: Persona | None = None
    personas: dict[int, str] = field(default_factory=dict)
    preset: SamplerPreset | None = None
    history: list[PromptMessage] = field(default_factory=list)
    quoted: PromptMessage | None = None
    leaf_id: int | None = None
    is_longer: bool = False
    may_read_definition: bool = True
    summary: str = ""
    memory_is_on: bool = True
    first_shown: int | None = None
    brought: dict[str, tuple[str, ...]] = field(default_factory=dict)
    own_name: str = "Guest"
    mode: str = "send"
    standing: str = ""
    attempt: int = 1
    time_zone: str = ""
    last_said: dt.datetime | None = None

    @property
    def actor(self) -> Actor:
        """The person, as the keys and files of the turn are read."""
        return Actor("user", self.user_id)


def load_turn_context(row: Generation) -> TurnContext:
    """Gather the material of a reply that is waiting; what its turn has read already is not read again."""
    above = row.message_id if row.mode == "continue" else row.message.parent_id
    made = build_turn_context(row.conversation, _USER_BY_ID.first(row.user_id), row.bot, above, row.mode)
    made.generation_id, made.message_id, made.attempt = row.pk, row.message_id, int(row.attempt or 1)
    made.standing = row.standing
    if row.mode == "continue":
        made.history = [line for line in made.history if line.id != row.message_id]
    return made


def preview_turn_context(actor: Actor, conversation_id: int, asked: TurnRequest) -> TurnContext:
    """The material of the next reply of one of the actor's own chats, as if its turn began now; nothing is kept.

    What the turn names is read and refused as by the turn itself: raises NotFound, BadRequest, ValidationFailed and
    ApiError. The words of the turn, if it has any, are the newest line.
    """
    check_mode(asked)
    chat = conversation_for(actor, conversation_id)
    if chat.user_id != actor.id:
        raise NotFound
    apply_turn_persona(actor, chat, asked)
    words = check_entry(asked.entry, may_be_empty=True)
    quoted = find_quoted_message(chat, asked) if asked.mode == "send" else None
    rows, named = get_participants(chat, asked.bot)
    bot = None if asked.mode == "impersonate" else named or rows[0].bot
    made = build_turn_context(chat, User.objects.get(pk=actor.id), bot, chat.active_leaf_id, asked.mode)
    if words:
        made.history.append(PromptMessage(0, None, made.user_name, words, now(), quotes=quoted.pk if quoted else None))
    return made


def build_turn_context(chat: Conversation, user: Any, bot: Bot | None, above: int | None, mode: str) -> TurnContext:
    """The material of a reply under a message: by this bot, or (None) of the person's next line."""
    rows = chat.parts_read if chat.parts_read is not None else load_participations(chat.pk)
    voice = bot or _primary_bot(rows)
    mine: Any = next((row for row in rows if voice and row.bot_id == voice.pk), None)
    persona = chat.persona
    made = TurnContext(
        generation_id=0,
        message_id=0,
        conversation_id=chat.pk,
        user_id=user.pk,
        user_name=(persona.name if persona else user.name) or "Guest",
        bot=voice,
        speaker=bot,
        model_choice=first_chosen(mine.model_choice if mine else None, chat.model_choice, user.default_model or {}),
        settings=read_chat_settings(chat),
        parts=[read_participant(row) for row in rows],
        persona=persona,
        preset=(mine.preset if mine and mine.preset_id else None) or chat.preset or find_preset(user.pk, voice.pk),
        leaf_id=above,
        summary=chat.conversation_metadata_conversation_summary or "",
        memory_is_on=is_memory_on(chat, user, voice),
        own_name=user.name or "Guest",
        mode=mode,
        time_zone=user.time_zone,
    )
    made.may_read_definition = may_read_definition(Actor("admin" if user.role == "admin" else "user", user.pk), voice)
    names = {row.bot_id: row.bot.name for row in rows}
    made.history, made.is_longer = load_prompt_messages(chat.pk, above, names, made.own_name, FIRST_PAGE_MESSAGES)
    if made.history:
        made.last_said = dt.datetime.fromisoformat(made.history[-1].created_at)
    return made


def is_memory_on(chat: Conversation, user: Any, bot: Bot) -> bool:
    """Whether memory is on for the account, the bot and the chat."""
    given = user.memory_settings if isinstance(user.memory_settings, dict) else {}
    return not (chat.is_memory_off or given.get("is_off") is True or bot.pk in (given.get("bots_off") or []))


def _primary_bot(rows: list[ConversationParticipation]) -> Bot:
    first = [row for row in rows if row.role == "primary"] or rows
    bot: Bot = first[0].bot
    return bot


def find_preset(user_id: int, bot_id: int) -> SamplerPreset | None:
    """The person's preset for this bot, else their default one."""
    return _PRESET_OF_BOT.first(user_id, bot_id) or _DEFAULT_PRESET.first(user_id)


def _presets_linked_to(bot_id: Any) -> Any:
    link: Any = SamplerPreset.many_relations["bots"].link
    return link.objects.filter(target=bot_id).values("parent")


_PRESET_OF_BOT = Prepared(
    lambda user, bot: SamplerPreset.objects.filter(user=user, pk__in=_presets_linked_to(bot)).order_by("-id")[:1], 2
)
_DEFAULT_PRESET = Prepared(lambda user: SamplerPreset.objects.filter(user=user, is_default=True).order_by("-id")[:1])
_USER_BY_ID = Prepared(lambda pk: User.objects.filter(pk=pk))


def load_prompt_messages(
    conversation_id: int, above: int | None, names: dict[int, str], user_name: str, limit: int
) -> tuple[list[PromptMessage], bool]:
    """The last ``limit`` lines of a branch, oldest first, and whether there are more before them."""
    if above is None:
        return [], False
    found = [row for row in thread.load_prompt_rows(conversation_id, above, limit + 1) if row[6] != "system"]
    is_longer = len(found) > limit
    found = found[-limit:]
    pictures = _load_pictures([row[0] for row in found[-MESSAGES_WITH_PICTURES:]])
    made = []
    for number, bot_id, bot_name, persona_name, entry, created, _, quotes in found:
        name = names.get(bot_id) or bot_name or "Somebody" if bot_id else persona_name or user_name
        if entry or number in pictures:
            made.append(PromptMessage(number, bot_id, name, entry or "", created, pictures.get(number, ()), quotes))
    return made, is_longer


def find_quoted_line(material: TurnContext) -> PromptMessage | None:
    """The line that the person's newest words refer to, if it was not taken out since."""
    newest = next((line for line in reversed(material.history) if line.bot_id is None), None)
    if newest is None or newest.quotes is None:
        return None
    names = {part.bot_id: part.name for part in material.parts}
    found, _ = load_prompt_messages(material.conversation_id, newest.quotes, names, material.own_name, 1)
    return found[0] if found and found[0].id == newest.quotes else None


def _load_pictures(ids: list[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Storage keys and kinds of the pictures in the newest messages."""
    kept: dict[int, tuple[tuple[str, str], ...]] = {}
    for message_id, key, kind in thread.load_files(ids):
        if kind.startswith("image/"):
            kept[message_id] = (*kept.get(message_id, ()), (key, kind))
    return kept


def unsaved_bot(actor: Actor, data: dict[str, Any]) -> Bot:
    """A bot of the actor's as a form describes it, without a row. A picture and what is many are left out."""
    plain = {f.name for f in Bot._meta.concrete_fields} - {"id", "user", "picture"}
    return Bot(user_id=int(actor.id or 0), **{name: value for name, value in data.items() if name in plain})


def standalone_turn_context(
    actor: Actor, bot: Bot, lines: list[PromptMessage], instructions: str, sampling: dict[str, Any]
) -> TurnContext:
    """The material of a reply outside any chat: the caller brings the history and may add instructions of its own."""
    user = User.objects.get(pk=actor.id)
    made = build_turn_context(Conversation(user=user), user, bot, None, "send")
    made.history = lines
    made.settings["author_note"] = {"text": instructions, "depth": len(lines), "role": "system", "every": 1}
    given = made.preset.settings if made.preset and isinstance(made.preset.settings, dict) else {}
    made.preset = SamplerPreset(
        name=made.preset.name if made.preset else "the request",
        settings={**given, **sampling},
        main=(made.preset.main or "") if made.preset else "",
        post_history=(made.preset.post_history or "") if made.preset else "",
    )
    return made
