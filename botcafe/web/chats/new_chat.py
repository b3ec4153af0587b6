"""The picker of a bot for a new chat: those one talked with last, favourites, one's own and public ones, or by words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.chats.listing import list_chats
from botcafe.cms.schema.actor import Actor
from botcafe.web.shell.requests import actor_of, sign_in_required

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.bot import Bot

MAX_WORDS = 200
RECENT_CHATS, MAX_RECENT, MAX_FAVOURITES, MAX_OWN = 20, 6, 12, 24


@dataclass(frozen=True, slots=True)
class OfferedBot:
    """A bot to start a chat with."""

    id: int
    name: str
    slug: str
    tagline: str
    picture_url: str | None


@dataclass(frozen=True, slots=True)
class BotGroup:
    """Bots under a heading."""

    heading: str
    bots: list[OfferedBot]


@sign_in_required
def new_chat(request: HttpRequest) -> HttpResponse:
    """The picker as a page of its own; the list of chats shows it in a dialog."""
    actor = actor_of(request)
    words = " ".join(request.GET.get("q", "").split())[:MAX_WORDS]
    found = bot_queries.bots_for(actor, words, 1) if words else None
    groups = [BotGroup(gettext("Found"), _offered(found.bots))] if found else _groups(actor)
    groups = [group for group in groups if group.bots]
    context = {
        "groups": groups,
        "words": words,
        "count": sum(len(group.bots) for group in groups),
        "has_more": bool(found and found.has_more),
    }
    return render(request, "chat_list/new_chat.html", context)


def _groups(actor: Actor) -> list[BotGroup]:
    recent = dict.fromkeys(chat.bot_id for chat in list_chats(actor, limit=RECENT_CHATS) if chat.bot_id)
    offers = (
        (gettext("Recent"), bot_queries.bots_by_ids(actor, list(recent)[:MAX_RECENT])),
        (gettext("Favourites"), bot_queries.favourite_bots(actor)[:MAX_FAVOURITES]),
        (gettext("My bots"), bot_queries.own_bots(actor)[:MAX_OWN]),
        (gettext("Public"), bot_queries.public_bots(actor, 1, "popular").bots),
    )
    groups, shown = [], set[int]()
    for heading, bots in offers:
        groups.append(BotGroup(heading, _offered(bot for bot in bots if bot.pk not in shown)))
        shown |= {bot.pk for bot in bots}
    return groups


def _offered(bots: "Iterable[Bot]") -> list[OfferedBot]:
    return [
        OfferedBot(bot.pk, bot.name, bot.slug, (bot.description or "")[:200], shown_url(bot.user_id, bot.picture))
        for bot in bots
    ]
