"""What pages and turns ask of bots, chats and messages; every read names its actor."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from botcafe.areas.companions.card_data import card_data
from botcafe.areas.companions.collections.bot import BOTS, MAY_READ_DEFINITION, Bot
from botcafe.areas.companions.collections.bot_interaction import BOT_INTERACTIONS
from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation
from botcafe.areas.companions.collections.generation import GENERATIONS, Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.macros import Scene, fill
from botcafe.areas.creators.shares import shared_with
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.cms.schema.rules import viewer_of

PAGE = 24


def _owner_or_public(actor: Actor) -> QuerySet[Bot]:
    rows = BOTS.visible_to(actor).filter(deleted_at__isnull=True)
    return rows if not actor.is_admin else rows.filter(Q(is_public=True) | Q(user=actor.id))


def bots_for(actor: Actor, text: str, page: int) -> tuple[list[Bot], bool]:
    """A page of the bots that the actor may meet, best liked first, and whether there are more."""
    rows = _owner_or_public(actor).select_related("picture")
    for word in text.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(description__icontains=word) | Q(tags__icontains=word))
    start = (page - 1) * PAGE
    found = list(rows.order_by("-likes_count", "-created_at", "-id")[start : start + PAGE + 1])
    return found[:PAGE], len(found) > PAGE


def met_bots(actor: Actor, slug: str = "") -> list[Bot]:
    """The bots that a program may talk to on the actor's behalf: own ones, favourites, and the best liked public ones."""
    rows = _owner_or_public(actor)
    if slug:
        return list(rows.filter(slug=slug))
    kept = BOT_INTERACTIONS.visible_to(actor).filter(user=actor.id, favorited=True).values("bot")
    mine = rows.filter(Q(user=actor.id) | Q(pk__in=kept)).order_by("-created_at", "-id")[:500]
    found = {bot.pk: bot for bot in (*mine, *rows.order_by("-likes_count", "-id")[:100])}
    return list(found.values())


def bots_of(actor: Actor) -> list[Bot]:
    """The actor's own bots, newest first."""
    mine = BOTS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    return list(mine.select_related("picture").order_by("-created_at", "-id")[:500])


def bots_shared_with(actor: Actor) -> list[Bot]:
    """The bots that others share with the actor by name, newest first."""
    named = BOTS.visible_to(actor).filter(pk__in=shared_with(actor, "bot"), deleted_at__isnull=True)
    return list(named.exclude(user=actor.id).select_related("picture").order_by("-created_at", "-id")[:500])


def lore_of(bot: Bot) -> list[int]:
    """The collections that a bot has, by id."""
    link: Any = Bot.many_relations["knowledge_collections"].link
    return list(link.objects.filter(parent=bot.pk).order_by("id").values_list("target_id", flat=True))


def bots_mine(actor: Actor) -> list[tuple[int, str]]:
    """Id and name of the actor's own bots, by name."""
    return [(bot.pk, bot.name) for bot in sorted(bots_of(actor), key=lambda bot: bot.name.lower())]


def bot_by_slug(actor: Actor, slug: str) -> Bot:
    """Get a bot that the actor may read; NotFound for a missing or hidden one."""
    found = _owner_or_public(actor).filter(slug=slug).select_related("picture").first()
    if found is None:
        raise NotFound
    return found


def greeting_of(actor: Actor, bot: Bot) -> str:
    """What a bot says first, to whoever looks at it."""
    called = str(card_data(bot).get("nickname") or bot.name)
    return fill(bot.greeting or "", Scene(char=called, user=actor.name or "you"))


def bot_for(actor: Actor, bot_id: int) -> Bot:
    """Get a bot that the actor may meet. Raises NotFound."""
    found: Bot | None = _owner_or_public(actor).filter(pk=bot_id).first()
    if found is None:
        raise NotFound
    return found


def may_meet(actor: Actor, bot: Bot) -> bool:
    """Whether the actor may talk to this bot as it is now."""
    return bool(bot.is_public) or bot.user_id == actor.id or BOTS.visible_to(actor).filter(pk=bot.pk).exists()


def may_edit(actor: Actor, bot: Bot) -> bool:
    """Whether the actor may change this bot."""
    return actor.is_signed_in and BOTS.visible_to(actor, "update").filter(pk=bot.pk).exists()


def may_delete(actor: Actor, bot: Bot) -> bool:
    """Whether the actor may delete this bot."""
    return actor.is_signed_in and BOTS.visible_to(actor, "delete").filter(pk=bot.pk).exists()


def may_read_definition(actor: Actor, bot: Bot) -> bool:
    """Whether the definition of this bot is open to the actor."""
    if bot.is_definition_open or bot.user_id == actor.id or actor.is_admin:
        return True
    rows = MAY_READ_DEFINITION.rows(viewer_of(actor))
    return rows is True or (isinstance(rows, Q) and Bot.objects.filter(rows, pk=bot.pk).exists())


def interaction_of(actor: Actor, bot: Bot) -> dict[str, bool]:
    """Whether the actor likes the bot and keeps it as a favourite."""
    row = BOT_INTERACTIONS.visible_to(actor).filter(user=actor.id, bot=bot).first() if actor.is_signed_in else None
    return {"liked": bool(row and row.liked), "favorited": bool(row and row.favorited)}


def conversation_for(actor: Actor, conversation_id: int) -> Conversation:
    """Get a chat that the actor may read; NotFound for a missing or hidden one."""
    rows = CONVERSATIONS.visible_to(actor).filter(pk=conversation_id, deleted_at__isnull=True)
    found = rows.select_related("active_leaf", "persona").first()
    if found is None:
        raise NotFound
    return found


def generation_for(actor: Actor, generation_id: int) -> Generation:
    """Get a reply in the making that the actor may follow; NotFound for a missing or hidden one."""
    found = GENERATIONS.visible_to(actor).filter(pk=generation_id).select_related("message", "conversation").first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Followed:
    """How far a reply is, as the database knows it. ``next`` are the replies that come after it."""

    state: str
    text: str
    reasoning: str
    standing: str
    attempt: int
    error: str
    cost_usd: float | None
    input_tokens: float | None
    output_tokens: float | None
    leaf: int | None
    next: list[int]


def followed(actor: Actor, generation_id: int) -> Followed:
    """How far a reply is. Raises NotFound where the actor may not follow it."""
    row = generation_for(actor, generation_id)
    after = Generation.objects.filter(after=row.pk, stop_asked=False).order_by("id").values_list("pk", flat=True)
    return Followed(
        state=row.state,
        text=row.message.entry or "",
        reasoning=row.reasoning or "",
        standing=row.standing,
        attempt=int(row.attempt or 1),
        error=row.error or "",
        cost_usd=row.cost_usd,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        leaf=row.conversation.active_leaf_id,
        next=list(after),
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """A bot that is writing in a chat."""

    generation: int
    message: int
    conversation: int
    bot_id: int | None
    bot_name: str


def writing_of(actor: Actor) -> list[Writing]:
    """All replies of the actor that are being written now."""
    rows = GENERATIONS.visible_to(actor).filter(user=actor.id, state__in=("queued", "streaming")).order_by("id")
    columns = ("pk", "message_id", "conversation_id", "bot_id", "bot__name")
    return [Writing(a, b, c, d, name or "You") for a, b, c, d, name in rows.values_list(*columns)[:100]]


def with_words(row: Generation) -> list[dict[str, Any]]:
    """The blocks that were kept of a reply, with the words of its messages as they were when it was asked for."""
    kept = [each for each in row.blocks or [] if isinstance(each, dict)]
    ids = [_number_in(each) for each in kept if "text" not in each]
    columns = ("bot__name", "persona__name", "entry", "message_status_edit_history")
    rows = Message.objects.filter(pk__in=[i for i in ids if i], conversation=row.conversation_id)
    said = {number: found for number, *found in rows.values_list("pk", *columns)}
    count, age = len(ids), 0
    made = []
    for each in kept:
        if "text" in each:
            made.append(each)
            continue
        age += 1
        bot, persona, entry, history = said.get(_number_in(each), (None, None, "(deleted since)", None))
        text = _words_at(entry or "", history, row.started_at or "")
        name = bot or persona or "You"
        text = f"{name}: {text}" if each.get("named") else text
        told = {"title": name, "text": text if each.get("included") else "", "slot": "history"}
        made.append({**_HISTORY, **each, **told, "reason": _age(count - age, included=bool(each.get("included")))})
    return made


_HISTORY: dict[str, Any] = {"priority": 10, "source": "this chat", "depth": None, "is_closed": False}


def _number_in(each: dict[str, Any]) -> int:
    tail = str(each.get("id", "")).removeprefix("message:")
    return int(tail) if tail.isdecimal() else 0


def _words_at(entry: str, history: Any, moment: str) -> str:
    """What a message said at an instant: the first former words that were replaced after it, else those of now."""
    for edit in history if isinstance(history, list) else []:
        if isinstance(edit, dict) and str(edit.get("edited_at") or "") > moment:
            return str(edit.get("previous_content") or "")
    return entry


def _age(newer: int, *, included: bool) -> str:
    if not included:
        return "left out: the window was full"
    return "the newest message" if newer == 0 else f"{newer} message{'s' if newer > 1 else ''} before the newest"
