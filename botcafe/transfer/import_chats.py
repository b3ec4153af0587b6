"""Chats of files become conversations: a tree of messages with their alternatives, dates and originals."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import connection

from botcafe.areas.companions.bots.actions import create_bot
from botcafe.areas.companions.chats.settings_model import read_author_note
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.companions.collections.conversation import Conversation, ConversationParticipation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.collections.persona import PERSONAS, Persona
from botcafe.areas.knowledge.lore.field_map import clean
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.formats.chats.model import ImportedChat, ImportedMessage
from botcafe.kit.instants import from_epoch, now, to_epoch
from botcafe.kit.macros import MacroContext, fill

LONGEST_TEXT, LONGEST_TITLE = 1_000_000, 200
MOST_SPEAKERS = 20
BATCH = 500
STEP = 0.001
"""Seconds between messages whose own time is not known."""
LATEST = 253_402_300_799


def speakers_of(chat: ImportedChat) -> list[str]:
    """The names of those who answer in a chat, the one who speaks most first."""
    said = Counter(m.name for m in chat.messages if not m.is_user and not m.is_hidden and m.name)
    names = [name for name, _ in said.most_common(MOST_SPEAKERS)]
    first = chat.character_name
    if first and first not in names:
        names = names or [first]
    return names or ["Imported character"]


def cast_for(actor: Actor, chat: ImportedChat, chosen: int | None) -> dict[str, Bot | None]:
    """For each speaker the actor's own bot of that name, the chosen one before others of its name; or None.

    Where no speaker has a bot, the one who speaks most is the chosen one.

    Raises NotFound for a chosen bot that the actor does not see.
    """
    found: dict[str, Bot | None] = {}
    names = speakers_of(chat)
    mine = BOTS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    for name in names:
        found[name] = mine.filter(name__iexact=name).order_by("-id").first()
    if chosen is not None:
        bot = BOTS.visible_to(actor).filter(pk=chosen, deleted_at__isnull=True).first()
        if bot is None:
            raise NotFound("The bot that was chosen for this chat is not there.")
        same = next((name for name in names if name.lower() == bot.name.lower()), None)
        if same is not None:
            found[same] = bot
        elif not any(found.values()):
            found[names[0]] = bot
    return found


def keep_chat(actor: Actor, chat: ImportedChat, chosen: int | None, file_name: str = "") -> list[dict[str, Any]]:
    """Keep a chat, and make a bot for each speaker who has none: what was made. The caller's transaction holds it.

    Raises NotFound and ValidationFailed.
    """
    created: list[dict[str, Any]] = []
    bots: dict[str, Bot] = {}
    for name, bot in cast_for(actor, chat, chosen).items():
        if bot is None:
            bot = _minimal_bot(actor, name)
            created.append({"collection": "bot", "id": bot.pk, "name": bot.name, "slug": bot.slug})
        bots[name] = bot
    persona = _persona(actor, chat.user_name)
    chat = _with_greeting(actor, chat, next(iter(bots.values())), persona)
    row = _conversation(actor, chat, bots, persona, file_name)
    _keep_messages(row, chat, bots, persona)
    made = {"collection": "conversation", "id": row.pk, "name": row.title or "Chat"}
    return [*created, {**made, "count": len(chat.messages)}]


def _minimal_bot(actor: Actor, name: str) -> Bot:
    name = clean(name)[:200].strip() or "Imported character"
    words = f"You are {name}."
    made = create_bot(actor, {"name": name, "system_prompt": words, "is_public": False})
    found: Bot = Bot.objects.get(pk=made["id"])
    return found


def _persona(actor: Actor, name: str) -> Persona | None:
    if not name:
        return None
    mine = PERSONAS.visible_to(actor).filter(user=actor.id, name__iexact=name)
    found: Persona | None = mine.order_by("-id").first()
    return found


def _with_greeting(actor: Actor, chat: ImportedChat, bot: Bot, persona: Persona | None) -> ImportedChat:
    """Put the bot's greeting first where the program keeps it with the character."""
    texts = [text for text in (bot.greeting, *(bot.alternate_greetings or [])) if text]
    if chat.has_greeting or not texts:
        return chat
    scene = MacroContext(bot.name, persona.name if persona else chat.user_name or actor.name or "Guest")
    swipes = tuple(fill(text, scene) for text in texts)
    shown = chat.greeting if chat.greeting < len(swipes) else 0
    first = ImportedMessage(bot.name, False, swipes[shown], swipes=swipes, shown=shown)
    return replace(chat, messages=(first, *chat.messages))


def _conversation(
    actor: Actor, chat: ImportedChat, bots: dict[str, Bot], persona: Persona | None, file_name: str
) -> Conversation:
    times = [m.sent_at for m in chat.messages if m.sent_at]
    begun = chat.created_at or (min(times) if times else now())
    ended = max(times) if times else begun
    numbers = list(dict.fromkeys(bot.pk for bot in bots.values()))
    row: Conversation = Conversation.objects.create(
        user_id=actor.id,
        title=clean(chat.title or _stem(file_name) or next(iter(bots.values())).name)[:LONGEST_TITLE],
        created_at=begun,
        created_timestamp=begun,
        modified_timestamp=ended,
        conversation_type="multi-bot" if len(numbers) > 1 else "single-bot",
        participants={"personas": [str(persona.pk)] if persona else [], "bots": [str(n) for n in numbers]},
        persona=persona,
        scene=clean(chat.scenario)[:LONGEST_TEXT] or None,
        author_note=read_author_note(chat.note).as_json() if chat.note else None,
        conversation_metadata_participant_count=1 + len(numbers),
        conversation_metadata_total_messages=len(chat.messages),
        conversation_metadata_last_activity=ended,
        origin={"format": chat.kind, "header": chat.header, "user_name": chat.user_name},
    )
    ConversationParticipation.objects.bulk_create(
        ConversationParticipation(
            parent=row,
            position=place,
            row_id=f"bot-{number}",
            bot_id=number,
            role="secondary" if place > 1 else "primary",
            is_active=True,
            joined_at=begun,
        )
        for place, number in enumerate(numbers, 1)
    )
    return row


def _stem(file_name: str) -> str:
    base = file_name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[0] if "." in base else base


def _keep_messages(row: Conversation, chat: ImportedChat, bots: dict[str, Bot], persona: Persona | None) -> None:
    """All messages in as few statements as there are batches; then each is told which one it follows."""
    rows: list[Message] = []
    places: list[tuple[int, bool]] = []
    times = _times(chat, row.created_at)
    for place, (message, time) in enumerate(zip(chat.messages, times, strict=True), 1):
        bot = None if message.is_user else bots.get(message.name) or next(iter(bots.values()))
        for number, text in enumerate(message.swipes or (message.text,)):
            is_shown = number == message.shown
            origin = _origin(chat, message) if is_shown else _origin_beside(chat, message, number)
            places.append((place, is_shown))
            rows.append(_row(row, bot, persona, message, text, time, place, origin))
    made = Message.objects.bulk_create(rows, batch_size=BATCH)
    shown = {place: each.pk for each, (place, is_shown) in zip(made, places, strict=True) if is_shown}
    links = [(shown[place - 1], each.pk) for each, (place, _) in zip(made, places, strict=True) if place - 1 in shown]
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE companions_message SET parent_id = %s WHERE id = %s", links)
    leaf = shown.get(len(chat.messages))
    Conversation.objects.filter(pk=row.pk).update(active_leaf=leaf, seen_message=leaf)


def _origin(chat: ImportedChat, message: ImportedMessage) -> dict[str, Any]:
    known = {"name": message.name, "avatar": message.avatar, "reasoning": message.reasoning}
    found = {"format": chat.kind, "raw": message.raw} | {k: v for k, v in known.items() if v}
    return found if message.sent_at else {**found, "is_undated": True}


def _origin_beside(chat: ImportedChat, message: ImportedMessage, number: int) -> dict[str, Any]:
    """Of an alternative that is not shown; SillyTavern keeps its thoughts under the same number."""
    about = message.raw.get("swipe_info")
    own = about[number] if isinstance(about, list) and number < len(about) else None
    extra = own.get("extra") if isinstance(own, dict) else None
    thoughts = extra.get("reasoning") if isinstance(extra, dict) else None
    found: dict[str, Any] = {"format": chat.kind, "swipe": number}
    return {**found, "reasoning": thoughts} if isinstance(thoughts, str) and thoughts else found


def _row(
    chat: Conversation,
    bot: Bot | None,
    persona: Persona | None,
    message: ImportedMessage,
    text: str,
    time: str,
    place: int,
    origin: dict[str, Any],
) -> Message:
    model: Any = message.model or None
    return Message(
        user_id=chat.user_id,
        conversation=chat,
        bot=bot,
        persona=persona if message.is_user else None,
        entry=clean(text)[:LONGEST_TEXT],
        place=place,
        created_at=time,
        created_timestamp=time,
        modified_timestamp=time,
        is_hidden=message.is_hidden,
        message_attribution_source_bot=bot,
        message_attribution_is_ai_generated=bot is not None,
        message_attribution_model_used=model,
        message_status_delivery_status="sent",
        origin=origin,
    )


def _times(chat: ImportedChat, begun: str) -> Iterator[str]:
    """When each message was sent; where that is not known, a moment after the one before."""
    first = next((m.sent_at for m in chat.messages if m.sent_at), None)
    at = to_epoch(first or begun) - (STEP if first else 0)
    for message in chat.messages:
        # An instant is written between the years 1970 and 9999 only.
        at = to_epoch(message.sent_at) if message.sent_at else min(max(at + STEP, 0), LATEST)
        yield message.sent_at or from_epoch(at)
