"""Access-checked queries for bots."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.bots.card_data import card_data
from botcafe.areas.companions.collections.bot import BOTS, MAY_READ_DEFINITION, Bot
from botcafe.areas.companions.collections.bot_interaction import BOT_INTERACTIONS
from botcafe.areas.creators.shares import shared_with
from botcafe.areas.wellbeing.rules.minors import RATED
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden, NotFound
from botcafe.cms.schema.rules import viewer_for
from botcafe.kit.macros import MacroContext, fill

PAGE_SIZE = 24
SORTS = {"popular": ("-likes_count", "-created_at", "-id"), "new": ("-created_at", "-id")}


@dataclass(frozen=True, slots=True)
class BotPage:
    """A page of bots, and whether there are more."""

    bots: list[Bot]
    has_more: bool


@dataclass(frozen=True, slots=True)
class OwnInteraction:
    """What the actor thinks of a bot."""

    liked: bool
    favorited: bool


def public_or_own(actor: Actor) -> QuerySet[Bot]:
    """The bots that the actor may chat with: public ones, their own, and those shared with them."""
    # An admin may read every bot through the access rule; lists must not show other people's private bots to them.
    rows = BOTS.visible_to(actor).filter(deleted_at__isnull=True)
    return rows if not actor.is_admin else rows.filter(Q(is_public=True) | Q(user=actor.id))


def bots_for(actor: Actor, text: str, page: int) -> BotPage:
    """A page of the bots that the actor may chat with, most liked first."""
    rows = public_or_own(actor)
    for word in text.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(description__icontains=word) | Q(tags__icontains=word))
    return _page_of(rows, page, "popular")


def public_bots(actor: Actor, page: int, sort: str) -> BotPage:
    """A page of the bots that are open to everyone, by one of ``SORTS``."""
    return _page_of(BOTS.visible_to(actor).filter(deleted_at__isnull=True, is_public=True), page, sort)


def favourite_bots(actor: Actor) -> list[Bot]:
    """The actor's favourites that they may still chat with, the newest favourite first."""
    kept = BOT_INTERACTIONS.visible_to(actor).filter(user=actor.id, favorited=True)
    newest = dict(kept.order_by("updated_date", "id").values_list("bot", "pk")[:500])
    rows = BOTS.visible_to(actor).filter(pk__in=newest, deleted_at__isnull=True).select_related("picture")
    order = {bot: place for place, bot in enumerate(newest)}
    return sorted(rows, key=lambda bot: -order[bot.pk])


def _page_of(rows: QuerySet[Bot], page: int, sort: str) -> BotPage:
    start = (page - 1) * PAGE_SIZE
    ordered = rows.select_related("picture").order_by(*SORTS[sort])
    found = list(ordered[start : start + PAGE_SIZE + 1])
    return BotPage(found[:PAGE_SIZE], len(found) > PAGE_SIZE)


def bots_chatted_with(actor: Actor, slug: str = "") -> list[Bot]:
    """The bots offered to API clients: own ones, favourites and the most liked public ones, or the one with ``slug``."""
    rows = public_or_own(actor)
    if slug:
        return list(rows.filter(slug=slug))
    kept = BOT_INTERACTIONS.visible_to(actor).filter(user=actor.id, favorited=True).values("bot")
    mine = rows.filter(Q(user=actor.id) | Q(pk__in=kept)).order_by("-created_at", "-id")[:500]
    found = {bot.pk: bot for bot in (*mine, *rows.order_by("-likes_count", "-id")[:100])}
    return list(found.values())


def own_bots(actor: Actor) -> list[Bot]:
    """The actor's own bots, newest first."""
    mine = BOTS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    return list(mine.select_related("picture").order_by("-created_at", "-id")[:500])


def bots_shared_with(actor: Actor) -> list[Bot]:
    """The bots that other users have shared with the actor, newest first."""
    named = BOTS.visible_to(actor).filter(pk__in=shared_with(actor, "bot"), deleted_at__isnull=True)
    return list(named.exclude(user=actor.id).select_related("picture").order_by("-created_at", "-id")[:500])


def lore_ids_of_bot(bot: Bot) -> list[int]:
    """Ids of the lorebooks attached to a bot, in the order of attaching."""
    link: Any = Bot.many_relations["knowledge_collections"].link
    return list(link.objects.filter(parent=bot.pk).order_by("id").values_list("target_id", flat=True))


def picture_urls_of(actor: Actor, bot_ids: list[int]) -> dict[int, str | None]:
    """The pictures of some bots that the actor may see, by bot."""
    rows = BOTS.visible_to(actor).filter(pk__in=bot_ids).select_related("picture")
    return {row.pk: shown_url(row.user_id, row.picture) for row in rows}


def bots_by_ids(actor: Actor, bot_ids: list[int]) -> list[Bot]:
    """Those of some bots that the actor may chat with, in the order of the ids."""
    found = {row.pk: row for row in public_or_own(actor).filter(pk__in=bot_ids).select_related("picture")}
    return [found[each] for each in bot_ids if each in found]


def own_bot_choices(actor: Actor) -> list[tuple[int, str]]:
    """Id and name of the actor's own bots, sorted by name."""
    return [(bot.pk, bot.name) for bot in sorted(own_bots(actor), key=lambda bot: bot.name.lower())]


def bot_by_slug(actor: Actor, slug: str) -> Bot:
    """Get a bot that the actor may read; NotFound for a missing or hidden one."""
    found = public_or_own(actor).filter(slug=slug).select_related("picture").first()
    if found is None:
        raise NotFound
    return found


def render_greeting(actor: Actor, bot: Bot) -> str:
    """The bot's greeting with macros filled in, for a preview outside a chat."""
    # Spec V3: ``nickname`` replaces the name in ``{{char}}``.
    name = str(card_data(bot).get("nickname") or bot.name)
    return fill(bot.greeting or "", MacroContext(char=name, user=actor.name or "you"))


def bot_for(actor: Actor, bot_id: int) -> Bot:
    """Get a bot that the actor may chat with. Raises NotFound."""
    found: Bot | None = public_or_own(actor).filter(pk=bot_id).first()
    if found is None:
        raise NotFound
    return found


def may_chat_with(actor: Actor, bot: Bot) -> bool:
    """Whether the bot is public, the actor's own, or shared with them now, and not closed to their age."""
    if bot.rating in RATED:
        return BOTS.visible_to(actor).filter(pk=bot.pk).exists()
    return bool(bot.is_public) or bot.user_id == actor.id or BOTS.visible_to(actor).filter(pk=bot.pk).exists()


def refuse_hidden_bot(actor: Actor, bot: Bot) -> None:
    """Raises Forbidden where the actor may no longer chat with a bot that a chat of theirs names."""
    if not may_chat_with(actor, bot):
        raise Forbidden("This bot is not open to you any more: its owner has closed it, or taken it away.")


def may_edit_bot(actor: Actor, bot: Bot) -> bool:
    """Whether the actor may change this bot."""
    return actor.is_signed_in and BOTS.visible_to(actor, "update").filter(pk=bot.pk).exists()


def may_delete_bot(actor: Actor, bot: Bot) -> bool:
    """Whether the actor may delete this bot."""
    return actor.is_signed_in and BOTS.visible_to(actor, "delete").filter(pk=bot.pk).exists()


def may_read_definition(actor: Actor, bot: Bot) -> bool:
    """Whether the actor may read the bot's definition (system prompt, scenario and the like)."""
    if bot.is_definition_open or bot.user_id == actor.id or actor.is_admin:
        return True
    rows = MAY_READ_DEFINITION.rows(viewer_for(actor))
    return rows is True or (isinstance(rows, Q) and Bot.objects.filter(rows, pk=bot.pk).exists())


def own_interaction(actor: Actor, bot: Bot) -> OwnInteraction:
    """Whether the actor likes the bot and has it among their favourites."""
    row = BOT_INTERACTIONS.visible_to(actor).filter(user=actor.id, bot=bot).first() if actor.is_signed_in else None
    return OwnInteraction(bool(row and row.liked), bool(row and row.favorited))
