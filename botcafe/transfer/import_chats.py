"""Importing chats: a conversation with its messages, their swipes, dates and original JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from botcafe.areas.companions.bots.actions import create_bot
from botcafe.areas.companions.chats.settings_model import read_author_note
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.companions.collections.conversation import Conversation, ConversationParticipation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.collections.persona import PERSONAS, Persona
from botcafe.areas.companions.messages.tree_sql import set_parents
from botcafe.areas.knowledge.lore.field_map import clean_text
from botcafe.cms.db.bulk_insert import insert_like
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.formats.chats.model import ImportedChat, ImportedMessage
from botcafe.kit.instants import from_epoch, now, to_epoch
from botcafe.kit.json_types import JsonObject, list_or_empty, object_or_empty, text_or_empty
from botcafe.kit.macros import MacroContext, fill
from botcafe.transfer.outcome import CreatedItem, file_stem

MAX_TEXT, MAX_TITLE = 1_000_000, 200
MAX_SPEAKERS = 20
ASSISTANT_PROMPT = "You are a helpful assistant."
# In the order of message_rows.
VARYING_COLUMNS = (
    *("bot_id", "message_attribution_source_bot_id", "message_attribution_is_ai_generated"),
    *("message_attribution_model_used", "persona_id", "entry", "place", "is_hidden", "origin"),
    *("created_at", "created_timestamp", "modified_timestamp", "updated_at"),
)
# Added for each message without a date, so that messages sorted by time keep their order.
STEP_SECONDS = 0.001
# 9999-12-31T23:59:59Z, the last instant that can be stored.
MAX_UNIX_SECONDS = 253_402_300_799


def speaker_names(chat: ImportedChat) -> list[str]:
    """The names of the bots in a chat, the most frequent speaker first."""
    counts = Counter(m.name for m in chat.messages if not m.is_user and not m.is_hidden and m.name)
    names = [name for name, _ in counts.most_common(MAX_SPEAKERS)]
    return names or [chat.character_name or "Imported character"]


def match_speakers(actor: Actor, chat: ImportedChat, chosen_bot_id: int | None) -> dict[str, Bot | None]:
    """For each speaker the actor's own bot of that name, or None. The chosen bot wins over others of its name.

    Where no speaker has a bot, the chosen bot stands in for the most frequent speaker. Raises NotFound for a chosen bot
    that the actor may not see.
    """
    bots: dict[str, Bot | None] = {}
    names = speaker_names(chat)
    own_bots = BOTS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    for name in names:
        bots[name] = own_bots.filter(name__iexact=name).order_by("-id").first()
    if chosen_bot_id is not None:
        chosen = BOTS.visible_to(actor).filter(pk=chosen_bot_id, deleted_at__isnull=True).first()
        if chosen is None:
            raise NotFound("The bot that was chosen for this chat is not there.")
        namesake = next((name for name in names if name.lower() == chosen.name.lower()), None)
        if namesake is not None:
            bots[namesake] = chosen
        elif not any(bots.values()):
            bots[names[0]] = chosen
    return bots


def import_chat(actor: Actor, chat: ImportedChat, chosen_bot_id: int | None, file_name: str = "") -> list[CreatedItem]:
    """Store a chat inside the caller's transaction, with a new bot for each speaker who has none. Returns what was created.

    Raises NotFound and ValidationFailed.
    """
    created: list[CreatedItem] = []
    bots: dict[str, Bot] = {}
    for name, bot in match_speakers(actor, chat, chosen_bot_id).items():
        if bot is None:
            prompt = ASSISTANT_PROMPT if chat.is_with_assistant else f"You are {name}."
            bot = _create_minimal_bot(actor, name, prompt)
            created.append({"collection": "bot", "id": bot.pk, "name": bot.name, "slug": bot.slug})
        bots[name] = bot
    persona = _find_persona(actor, chat.user_name)
    chat = _with_greeting(actor, chat, next(iter(bots.values())), persona)
    conversation = _create_conversation(actor, chat, bots, persona, file_name)
    swipes = _create_messages(conversation, chat, bots, persona)
    leaf = _link_branches(swipes, chat) if chat.parents else _link_messages(swipes)
    Conversation.objects.filter(pk=conversation.pk).update(active_leaf=leaf, seen_message=leaf)
    name, count = conversation.title or "Chat", len(chat.messages)
    return [*created, {"collection": "conversation", "id": conversation.pk, "name": name, "count": count}]


def _create_minimal_bot(actor: Actor, name: str, prompt: str) -> Bot:
    name = clean_text(name)[:200].strip() or "Imported character"
    made = create_bot(actor, {"name": name, "system_prompt": clean_text(prompt), "is_public": False})
    found: Bot = Bot.objects.get(pk=made["id"])
    return found


def _find_persona(actor: Actor, name: str) -> Persona | None:
    if not name:
        return None
    mine = PERSONAS.visible_to(actor).filter(user=actor.id, name__iexact=name)
    found: Persona | None = mine.order_by("-id").first()
    return found


def _with_greeting(actor: Actor, chat: ImportedChat, bot: Bot, persona: Persona | None) -> ImportedChat:
    """The chat with the bot's greeting first, for formats that keep greetings in the card and not in the chat."""
    texts = [text for text in (bot.greeting, *(bot.alternate_greetings or [])) if text]
    if chat.has_greeting or not texts:
        return chat
    macros = MacroContext(bot.name, persona.name if persona else chat.user_name or actor.name or "Guest")
    swipes = tuple(fill(text, macros) for text in texts)
    shown = chat.greeting if chat.greeting < len(swipes) else 0
    first = ImportedMessage(bot.name, False, swipes[shown], swipes=swipes, shown=shown)
    return replace(chat, messages=(first, *chat.messages))


def _create_conversation(
    actor: Actor, chat: ImportedChat, bots: dict[str, Bot], persona: Persona | None, file_name: str
) -> Conversation:
    times = [m.sent_at for m in chat.messages if m.sent_at]
    started_at = chat.created_at or (min(times) if times else now())
    last_active_at = max(times) if times else started_at
    bot_ids = list(dict.fromkeys(bot.pk for bot in bots.values()))
    row: Conversation = Conversation.objects.create(
        user_id=actor.id,
        title=clean_text(chat.title or file_stem(file_name) or next(iter(bots.values())).name)[:MAX_TITLE],
        created_at=started_at,
        created_timestamp=started_at,
        modified_timestamp=last_active_at,
        conversation_type="multi-bot" if len(bot_ids) > 1 else "single-bot",
        participants={"personas": [str(persona.pk)] if persona else [], "bots": [str(n) for n in bot_ids]},
        persona=persona,
        scene=clean_text(chat.scenario)[:MAX_TEXT] or None,
        author_note=read_author_note(chat.note).as_json() if chat.note else None,
        conversation_metadata_participant_count=1 + len(bot_ids),
        conversation_metadata_total_messages=len(chat.messages),
        conversation_metadata_last_activity=last_active_at,
        origin={"format": chat.kind, "header": chat.header, "user_name": chat.user_name}
        | ({"source_id": chat.source_id} if chat.source_id else {}),
    )
    ConversationParticipation.objects.bulk_create(
        ConversationParticipation(
            parent=row,
            position=place,
            row_id=f"bot-{bot_id}",
            bot_id=bot_id,
            role="secondary" if place > 1 else "primary",
            is_active=True,
            joined_at=started_at,
        )
        for place, bot_id in enumerate(bot_ids, 1)
    )
    return row


@dataclass(frozen=True, slots=True)
class _Swipe:
    """A row with its place in the chat; of the swipes of one place, one is shown."""

    message_id: int
    place: int
    is_shown: bool


def _create_messages(
    conversation: Conversation, chat: ImportedChat, bots: dict[str, Bot], persona: Persona | None
) -> list[_Swipe]:
    """Insert all messages with their swipes, in their order. Their parents are set by _link_messages."""
    template = Message(
        user_id=conversation.user_id, conversation=conversation, message_status_delivery_status="sent", entry=""
    )
    insert_like(template, VARYING_COLUMNS, message_rows(conversation, chat, bots, persona, places_of(chat)))
    # The chat is new: its messages are these, and their ids ascend as they were inserted.
    ids = Message.objects.filter(conversation=conversation).order_by("id").values_list("id", flat=True)
    places = (
        (place, number == message.shown)
        for place, message in enumerate(chat.messages, 1)
        for number, _ in enumerate(message.swipes or (message.text,))
    )
    return [_Swipe(pk, *place) for pk, place in zip(ids, places, strict=True)]


def _link_messages(swipes: list[_Swipe]) -> int | None:
    """Make the shown message of a place the parent of all swipes of the next: ids are known only after the insert.

    Returns the id of the last one that is shown.
    """
    shown = {swipe.place: swipe.message_id for swipe in swipes if swipe.is_shown}
    set_parents([(shown[swipe.place - 1], swipe.message_id) for swipe in swipes if swipe.place - 1 in shown])
    return next((swipe.message_id for swipe in reversed(swipes) if swipe.is_shown), None)


def _link_branches(swipes: list[_Swipe], chat: ImportedChat) -> int | None:
    """Give the messages of a tree the parents that the file names; they have no swipes. Returns the id of the leaf."""
    ids = [swipe.message_id for swipe in swipes]
    set_parents([(ids[above], ids[n]) for n, above in enumerate(chat.parents) if above is not None])
    return ids[chat.leaf] if chat.leaf is not None else None


def places_of(chat: ImportedChat) -> list[int]:
    """The number of each message in its branch, from 1."""
    if not chat.parents:
        return list(range(1, len(chat.messages) + 1))
    places: list[int] = []
    for above in chat.parents:
        places.append(1 if above is None else places[above] + 1)
    return places


def _origin_of_message(chat: ImportedChat, message: ImportedMessage) -> JsonObject:
    known = {"name": message.name, "avatar": message.avatar, "reasoning": message.reasoning}
    found: JsonObject = {"format": chat.kind, "raw": message.raw, **{k: v for k, v in known.items() if v}}
    return found if message.sent_at else {**found, "is_undated": True}


def _origin_of_swipe(chat: ImportedChat, message: ImportedMessage, number: int) -> JsonObject:
    """The origin of a swipe that is not shown, with its reasoning from SillyTavern's `swipe_info`."""
    infos = list_or_empty(message.raw.get("swipe_info"))
    info = object_or_empty(infos[number]) if number < len(infos) else {}
    reasoning = text_or_empty(object_or_empty(info.get("extra")).get("reasoning"))
    found: JsonObject = {"format": chat.kind, "swipe": number}
    return {**found, "reasoning": reasoning} if reasoning else found


def message_rows(
    conversation: Conversation,
    chat: ImportedChat,
    bots: dict[str, Bot],
    persona: Persona | None,
    places: Sequence[int],
) -> Iterator[tuple[object, ...]]:
    """The values of VARYING_COLUMNS for each message and each of its swipes."""
    main_bot = next(iter(bots.values()))
    updated_at = now()
    times = _message_times(chat, conversation.created_at)
    for place, message, time in zip(places, chat.messages, times, strict=True):
        # A speaker beyond MAX_SPEAKERS, or without a name, counts as the main bot.
        bot_id = None if message.is_user else (bots.get(message.name) or main_bot).pk
        persona_id = persona.pk if persona and message.is_user else None
        for number, text in enumerate(message.swipes or (message.text,)):
            is_shown = number == message.shown
            origin = _origin_of_message(chat, message) if is_shown else _origin_of_swipe(chat, message, number)
            yield (
                *(bot_id, bot_id, bot_id is not None, message.model or None, persona_id),
                *(clean_text(text)[:MAX_TEXT], place, message.is_hidden, origin),
                *(time, time, time, updated_at),
            )


def _message_times(chat: ImportedChat, started_at: str) -> Iterator[str]:
    """When each message was sent. One without a date follows the one before, or precedes the first that has one."""
    undated, first = next(((n, m.sent_at) for n, m in enumerate(chat.messages) if m.sent_at), (0, None))
    at = max(to_epoch(first) - (undated + 1) * STEP_SECONDS, -STEP_SECONDS) if first else to_epoch(started_at)
    for message in chat.messages:
        at = to_epoch(message.sent_at) if message.sent_at else min(max(at + STEP_SECONDS, 0), MAX_UNIX_SECONDS)
        yield message.sent_at or from_epoch(at)
