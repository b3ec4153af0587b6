"""Pages of bots: a bot, favourites, the user's own bots, and their buttons."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.companions.bots import actions as bot_actions
from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.chats import actions as chat_actions
from botcafe.areas.companions.chats.listing import list_chats
from botcafe.cms.schema.errors import ApiError
from botcafe.kit.markdown import render as markdown
from botcafe.web.accounts.forms import GENDERS
from botcafe.web.bots.cards import bot_card
from botcafe.web.chats.presenters import chat_row
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.presenters import as_context
from botcafe.web.shell.requests import actor_of, public_page, sign_in_required


@sign_in_required
def favourites(request: HttpRequest) -> HttpResponse:
    """The user's favourite bots."""
    actor = actor_of(request)
    cards = [bot_card(bot, actor.id) for bot in bot_queries.favourite_bots(actor)]
    return render(request, "bots/favourites.html", {"bots": cards})


@public_page
def bot(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of one bot, with the user's chats with it."""
    actor = actor_of(request)
    found = bot_queries.bot_by_slug(actor, slug)
    mine = bot_queries.own_interaction(actor, found)
    opened = bot_queries.may_read_definition(actor, found)
    shown = {
        **as_context(bot_card(found, actor.id)),
        "greeting_html": markdown(bot_queries.render_greeting(actor, found)),
        "alternate_greetings_count": len(found.alternate_greetings or []),
        "gender": dict(GENDERS).get(found.gender) if found.gender else "",
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
        "bots": [bot_card(b, actor.id) for b in bot_queries.own_bots(actor)],
        "shared": [bot_card(b, actor.id) for b in bot_queries.bots_shared_with(actor)],
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
