"""Everything that a reply is made of, loaded in a handful of queries on the server's own behalf.

A bot's definition is used here without being readable: it goes to the model, and to the prompt inspector only as far as
the user may read it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.declared.age import is_minor_at
from botcafe.areas.companions.bots.queries import may_read_definition, refuse_hidden_bot
from botcafe.areas.companions.chats.participants import load_participations, primary_bot, read_participant
from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.companions.chats.settings import refuse_hidden_persona
from botcafe.areas.companions.chats.settings_model import AuthorNote, ChatSettings, read_chat_settings
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.persona import Persona
from botcafe.areas.companions.collections.sampler_preset import SamplerPreset
from botcafe.areas.companions.turns.commit import apply_turn_persona, find_quoted_message, get_participants
from botcafe.areas.companions.turns.model_choice import first_chosen
from botcafe.areas.companions.turns.prompt_messages import ChatOwner, PromptMessage, load_prompt_messages
from botcafe.areas.companions.turns.speaking_order import Participant
from botcafe.areas.companions.turns.turn_request import TurnRequest, check_entry, check_mode
from botcafe.cms.db.prepared_statements import PreparedQuery
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject

# Enough for most windows; longer ones are filled by a second read, once the model is known.
FIRST_PAGE_MESSAGES = 180


@dataclass(slots=True)
class TurnContext:
    """Everything that a reply is made of. ``speaker`` is None where the user's own line is to be written.

    ``user_name`` is the name of the user in this reply (the persona's), ``account_name`` that of messages sent without
    a persona. ``first_shown`` is the id of the oldest message that the window holds.
    """

    generation_id: int
    message_id: int
    conversation_id: int
    user_id: int
    user_name: str
    bot: Bot
    speaker: Bot | None
    model_choice: JsonObject
    settings: ChatSettings
    participants: list[Participant] = field(default_factory=list)
    persona: Persona | None = None
    preset: SamplerPreset | None = None
    history: list[PromptMessage] = field(default_factory=list)
    quoted: PromptMessage | None = None
    leaf_id: int | None = None
    is_longer: bool = False
    may_read_definition: bool = True
    summary: str = ""
    is_memory_on: bool = True
    first_shown: int | None = None
    model_window_tokens: int | None = None
    retrieved_texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    account_name: str = "Guest"
    mode: str = "send"
    existing_text: str = ""
    attempt: int = 1
    time_zone: str = ""
    last_message_at: dt.datetime | None = None
    is_admin: bool = False
    is_minor: bool = False

    @property
    def actor(self) -> Actor:
        """The user, as the keys and files of the turn are read."""
        return Actor("user", self.user_id)

    @property
    def owner(self) -> ChatOwner:
        """The user as the owner of the chat."""
        return ChatOwner(self.user_id, self.account_name)

    @property
    def reader(self) -> Actor:
        """The user with the rights of their role, as bots and personas are read."""
        return Actor("admin" if self.is_admin else "user", self.user_id)


def load_turn_context(row: Generation) -> TurnContext:
    """The context of a queued reply; what its turn has loaded already is not loaded again."""
    leaf_id = row.message_id if row.mode == "continue" else row.message.parent_id
    context = build_turn_context(row.conversation, _USER_BY_ID.first(row.user_id), row.bot, leaf_id, row.mode)
    context.generation_id, context.message_id, context.attempt = row.pk, row.message_id, int(row.attempt or 1)
    context.existing_text = row.standing
    refuse_hidden_definition(context)
    if row.mode == "continue":
        context.history = [message for message in context.history if message.id != row.message_id]
    return context


def preview_turn_context(actor: Actor, conversation_id: int, request: TurnRequest) -> TurnContext:
    """The context of the next reply of one of the actor's own chats, as if its turn started now; nothing is stored.

    What the turn names is checked as by the turn itself: raises NotFound, BadRequest, ValidationFailed and ApiError.
    The text of the turn, if it has any, is the newest message.
    """
    check_mode(request)
    chat = conversation_for(actor, conversation_id)
    if chat.user_id != actor.id:
        raise NotFound
    apply_turn_persona(actor, chat, request)
    text = check_entry(request.entry, may_be_empty=True)
    quoted = find_quoted_message(chat, request) if request.mode == "send" else None
    rows, named = get_participants(chat, request.bot)
    bot = None if request.mode == "impersonate" else named or rows[0].bot
    context = build_turn_context(chat, User.objects.get(pk=actor.id), bot, chat.active_leaf_id, request.mode)
    refuse_hidden_definition(context)
    if text:
        quotes = quoted.pk if quoted else None
        context.history.append(PromptMessage(0, None, context.user_name, text, now(), quotes=quotes))
    return context


def build_turn_context(chat: Conversation, user: Any, bot: Bot | None, leaf_id: int | None, mode: str) -> TurnContext:
    """The context of a reply under a message: of this bot, or (None) of the user's next line."""
    rows = chat.parts_read if chat.parts_read is not None else load_participations(chat.pk)
    # A line of the user is written from the view of the first bot: its definition, lore and model.
    voice = bot or primary_bot(rows)
    own_row: Any = next((row for row in rows if voice and row.bot_id == voice.pk), None)
    persona = chat.persona
    context = TurnContext(
        generation_id=0,
        message_id=0,
        conversation_id=chat.pk,
        user_id=user.pk,
        user_name=(persona.name if persona else user.name) or "Guest",
        bot=voice,
        speaker=bot,
        model_choice=first_chosen(
            own_row.model_choice if own_row else None, chat.model_choice, user.default_model or {}
        ),
        settings=read_chat_settings(chat),
        participants=[read_participant(row) for row in rows],
        persona=persona,
        preset=(own_row.preset if own_row and own_row.preset_id else None)
        or chat.preset
        or find_preset(user.pk, voice.pk),
        leaf_id=leaf_id,
        summary=chat.conversation_metadata_conversation_summary or "",
        is_memory_on=is_memory_on(chat, user, voice),
        account_name=user.name or "Guest",
        mode=mode,
        time_zone=user.time_zone,
    )
    context.is_admin = user.role == "admin"
    context.is_minor = is_minor_at(user.adult_from, now())
    context.may_read_definition = may_read_definition(context.reader, voice)
    names = {row.bot_id: row.bot.name for row in rows}
    page = load_prompt_messages(chat.pk, leaf_id, names, context.owner, FIRST_PAGE_MESSAGES)
    context.history, context.is_longer = page.messages, page.is_longer
    if context.history:
        context.last_message_at = dt.datetime.fromisoformat(context.history[-1].created_at)
    return context


def refuse_hidden_definition(context: TurnContext) -> None:
    """Raises Forbidden where bot or persona have been closed to the user since their chat named them.

    Asked whenever a prompt is made: by a turn, its preview, and the replies of auto mode that nobody asks for.
    """
    refuse_hidden_bot(context.reader, context.bot)
    if context.persona is not None:
        refuse_hidden_persona(context.reader, context.persona)


def is_memory_on(chat: Conversation, user: Any, bot: Bot) -> bool:
    """Whether memory is on for the account, the bot and the chat."""
    settings = user.memory_settings if isinstance(user.memory_settings, dict) else {}
    return not (chat.is_memory_off or settings.get("is_off") is True or bot.pk in (settings.get("bots_off") or []))


def find_preset(user_id: int, bot_id: int) -> SamplerPreset | None:
    """The user's preset for this bot, else their default one."""
    return _PRESET_OF_BOT.first(user_id, bot_id) or _DEFAULT_PRESET.first(user_id)


def _presets_linked_to(bot_id: Any) -> Any:
    link: Any = SamplerPreset.many_relations["bots"].link
    return link.objects.filter(target=bot_id).values("parent")


_PRESET_OF_BOT = PreparedQuery(
    lambda user, bot: SamplerPreset.objects.filter(user=user, pk__in=_presets_linked_to(bot)).order_by("-id")[:1], 2
)
_DEFAULT_PRESET = PreparedQuery(
    lambda user: SamplerPreset.objects.filter(user=user, is_default=True).order_by("-id")[:1]
)
_USER_BY_ID = PreparedQuery(lambda pk: User.objects.filter(pk=pk))


def find_quoted_line(context: TurnContext) -> PromptMessage | None:
    """The message that the user's newest one replies to, unless it was removed since."""
    newest = next((message for message in reversed(context.history) if message.bot_id is None), None)
    if newest is None or newest.quotes is None:
        return None
    names = {each.bot_id: each.name for each in context.participants}
    found = load_prompt_messages(context.conversation_id, newest.quotes, names, context.owner, 1).messages
    # A removed message is stepped over, and the one above it would be taken for the quote.
    return found[0] if found and found[0].id == newest.quotes else None


def unsaved_bot(actor: Actor, fields: Mapping[str, object]) -> Bot:
    """A bot of the actor's as a form describes it, without a row. Its picture and its lists are left out."""
    plain = {column.name for column in Bot._meta.concrete_fields} - {"id", "user", "picture"}
    return Bot(user_id=int(actor.id or 0), **{name: value for name, value in fields.items() if name in plain})


def standalone_turn_context(
    actor: Actor, bot: Bot, messages: list[PromptMessage], instructions: str, sampling: JsonObject
) -> TurnContext:
    """The context of a reply outside any chat: the caller brings the history and may add instructions of its own."""
    user = User.objects.get(pk=actor.id)
    context = build_turn_context(Conversation(user=user), user, bot, None, "send")
    context.history = messages
    # The caller's instructions stand before its messages: an author's note at their beginning.
    context.settings = replace(context.settings, author_note=AuthorNote(instructions, len(messages), "system", 1))
    preset = context.preset
    given = preset.settings if preset and isinstance(preset.settings, dict) else {}
    context.preset = SamplerPreset(
        name=preset.name if preset else "the request",
        settings={**given, **sampling},
        main=(preset.main or "") if preset else "",
        post_history=(preset.post_history or "") if preset else "",
    )
    return context
