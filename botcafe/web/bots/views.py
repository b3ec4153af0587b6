"""Pages of bots: the home page, a bot, the user's own bots, and their buttons."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.bots import actions as bot_actions
from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.chats import actions as chat_actions
from botcafe.areas.companions.chats.listing import list_chats
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.kit.markdown import render as markdown
from botcafe.web.accounts.forms import GENDERS
from botcafe.web.chats.presenters import chat_row
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import as_context
from botcafe.web.shell.requests import actor_of, public_page, sign_in_required

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.bot import Bot


MAX_RECENT_CHATS = 4
MAX_ROW_BOTS = 4


@dataclass(frozen=True, slots=True)
class BotCard:
    """A bot in a list."""

    id: int
    name: str
    slug: str
    description: str
    picture_url: str | None
    likes_count: int
    favorites_count: int
    creator_display_name: str
    tags: list[str]
    is_mine: bool
    is_public: bool


def _bot_card(bot: "Bot", actor_id: int | None) -> BotCard:
    return BotCard(
        id=bot.pk,
        name=bot.name,
        slug=bot.slug,
        description=bot.description or "",
        picture_url=shown_url(bot.user_id, bot.picture),
        likes_count=int(bot.likes_count or 0),
        favorites_count=int(bot.favorites_count or 0),
        creator_display_name=bot.creator_display_name,
        tags=bot.tags or [],
        is_mine=bot.user_id == actor_id,
        is_public=bool(bot.is_public),
    )


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """The home page: where one left off, one's own and favourite bots, and those that are open to everyone.

    With ``q`` it shows all bots that the actor may chat with and that fit the words.
    """
    actor = actor_of(request)
    text = request.GET.get("q", "")[:200]
    sort = request.GET.get("sort", "popular")
    sort = sort if sort in bot_queries.SORTS else "popular"
    wanted = request.GET.get("page", "")
    page = min(max(1, int(wanted)), 10_000) if wanted.isdecimal() and len(wanted) < 10 else 1
    found = bot_queries.bots_for(actor, text, page) if text else bot_queries.public_bots(actor, page, sort)
    address = {"q": text} if text else {"sort": sort}
    context = {
        "bots": [_bot_card(bot, actor.id) for bot in found.bots],
        "q": text,
        "sort": sort,
        "page": page,
        "has_next": found.has_more,
        "next_url": page_url("bots:home", query={**address, "page": page + 1}),
        "previous_url": page_url("bots:home", query={**address, "page": page - 1}),
        "signup_mode": settings.SIGNUP,
        **(_own_rows(actor) if actor.is_signed_in and page == 1 and not text else {}),
    }
    return render(request, "bots/home.html", context)


def _own_rows(actor: Actor) -> dict[str, object]:
    """What stands above the public bots: the last chats, favourites and own bots."""
    mine, favourites = bot_queries.own_bots(actor), bot_queries.favourite_bots(actor)
    return {
        "recent_chats": [chat_row(chat) for chat in list_chats(actor, limit=MAX_RECENT_CHATS)],
        "favourites": [_bot_card(bot, actor.id) for bot in favourites[:MAX_ROW_BOTS]],
        "mine": [_bot_card(bot, actor.id) for bot in mine[:MAX_ROW_BOTS]],
        "has_more_mine": len(mine) > MAX_ROW_BOTS,
        "has_more_favourites": len(favourites) > MAX_ROW_BOTS,
    }


@sign_in_required
def favourites(request: HttpRequest) -> HttpResponse:
    """The user's favourite bots."""
    actor = actor_of(request)
    cards = [_bot_card(bot, actor.id) for bot in bot_queries.favourite_bots(actor)]
    return render(request, "bots/favourites.html", {"bots": cards})


@public_page
def bot(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of one bot, with the user's chats with it."""
    actor = actor_of(request)
    found = bot_queries.bot_by_slug(actor, slug)
    mine = bot_queries.own_interaction(actor, found)
    opened = bot_queries.may_read_definition(actor, found)
    shown = {
        **as_context(_bot_card(found, actor.id)),
        "greeting_html": markdown(bot_queries.render_greeting(actor, found)),
        "alternate_greetings_count": len(found.alternate_greetings or []),
        "gender": dict(GENDERS).get(found.gender or ""),
        "age": int(found.age) if found.age else None,
        "is_liked": mine.liked,
        "is_favorite": mine.favorited,
        "system_prompt": found.system_prompt if opened else "",
    }
    context = {
        "bot": shown,
        "may_edit": bot_queries.may_edit_bot(actor, found),
        "may_see_definition": opened,
        "chats": [chat_row(chat) for chat in list_chats(actor, bot=found, limit=100)] if actor.is_signed_in else [],
    }
    return render(request, "bots/bot.html", context)


@sign_in_required
def my_bots(request: HttpRequest) -> HttpResponse:
    """The user's own bots, and those that others share with them."""
    actor = actor_of(request)
    context = {
        "bots": [_bot_card(b, actor.id) for b in bot_queries.own_bots(actor)],
        "shared": [_bot_card(b, actor.id) for b in bot_queries.bots_shared_with(actor)],
    }
    return render(request, "bots/my_bots.html", context)


@require_POST
@sign_in_required
def delete_bot(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete a bot."""
    try:
        bot_actions.delete_bot(actor_of(request), slug)
        messages.success(request, gettext("The bot is deleted. Chats with it stay."))
    except ApiError as error:
        messages.error(request, error.message)
    return redirect_to("bots:my-bots")


@require_POST
@sign_in_required
def like(request: HttpRequest, slug: str) -> HttpResponse:
    """Toggle the like."""
    bot_actions.toggle_interaction(actor_of(request), slug, "liked")
    return redirect_to("bots:bot", slug)


@require_POST
@sign_in_required
def favourite(request: HttpRequest, slug: str) -> HttpResponse:
    """Toggle the favourite."""
    bot_actions.toggle_interaction(actor_of(request), slug, "favorited")
    return redirect_to("bots:bot", slug)


@require_POST
@sign_in_required
def start_chat(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a chat with a bot, or (``temporary=1``) a temporary one."""
    is_temporary = request.POST.get("temporary") == "1"
    return redirect_to("chats:chat", chat_actions.start_chat(actor_of(request), slug, temporary=is_temporary))
