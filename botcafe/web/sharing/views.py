"""The sharing pages of a bot or a chat, for its owner."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.localization.time_zones import time_zone_of
from botcafe.areas.companions.bots.queries import bot_by_slug
from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.creators import shares
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, Forbidden
from botcafe.web.sharing.forms import LEVELS, ShareForm, local_day
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required


@dataclass(frozen=True, slots=True)
class SharedDocument:
    """A bot or chat with the URLs of its pages; ``slug`` is its part of them."""

    resource: str
    id: int
    name: str
    slug: str | int
    url: str
    sharing_url: str
    end_route: str
    edit_url: str = ""
    is_public: bool = False


def absolute_url(request: HttpRequest, path: str) -> str:
    """The absolute URL of one of our pages."""
    return f"{settings.PUBLIC_URL or f'{request.scheme}://{request.get_host()}'}{path}"


def _shared_bot(actor: Actor, name: str) -> SharedDocument:
    bot = bot_by_slug(actor, name)
    return SharedDocument(
        resource="bot",
        id=bot.pk,
        name=bot.name,
        slug=bot.slug,
        url=page_url("bots:bot", bot.slug),
        sharing_url=page_url("sharing:bot", bot.slug),
        end_route="sharing:end-bot-share",
        edit_url=page_url("bots:edit", bot.slug),
        is_public=bool(bot.is_public),
    )


def _shared_chat(actor: Actor, name: int) -> SharedDocument:
    chat = conversation_for(actor, name)
    return SharedDocument(
        resource="conversation",
        id=chat.pk,
        name=chat.title or gettext("This chat"),
        slug=chat.pk,
        url=page_url("chats:chat", chat.pk),
        sharing_url=page_url("sharing:chat", chat.pk),
        end_route="sharing:end-chat-share",
    )


KINDS: dict[str, Callable[[Actor, Any], SharedDocument]] = {"bot": _shared_bot, "conversation": _shared_chat}


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share on the page, with the form to change it."""

    user: int
    name: str
    may: str
    until: dt.date | None
    is_over: bool
    form: ShareForm
    end_url: str


def _share_row(share: shares.Share, thing: SharedDocument, zone: str) -> ShareRow:
    initial = {"who": share.user, "level": share.level}
    form = ShareForm(
        resource=thing.resource, zone=zone, kept=share.until, initial=initial, auto_id=f"s{share.row}-{share.user}_%s"
    )
    return ShareRow(
        user=share.user,
        name=share.name,
        may=str(dict(LEVELS[thing.resource])[share.level]),
        until=local_day(share.until, zone),
        is_over=share.is_over,
        form=form,
        end_url=page_url(thing.end_route, thing.slug, share.user),
    )


def _render_page(request: HttpRequest, thing: SharedDocument, form: ShareForm | None = None) -> HttpResponse:
    actor = actor_of(request)
    zone = time_zone_of(actor)
    people = [_share_row(each, thing, zone) for each in shares.list_shares(actor, thing.resource, thing.id)]
    context = {
        "thing": thing,
        "people": people,
        "form": form or ShareForm(resource=thing.resource, zone=zone),
        "address": absolute_url(request, thing.url),
    }
    return render(request, "sharing/sharing.html", context, status=400 if form else 200)


@sign_in_required
def sharing_page(request: HttpRequest, kind: str, name: object) -> HttpResponse:
    """The shares of a bot or chat; a POST adds or changes one."""
    actor = actor_of(request)
    thing = KINDS[kind](actor, name)
    try:
        if request.method != "POST":
            return _render_page(request, thing)
        form = _save_share(request, actor, thing)
        return _render_page(request, thing, form) if form else HttpResponseRedirect(f"{thing.sharing_url}#people")
    except Forbidden:
        return render(request, "errors/403.html", status=403)


def _save_share(request: HttpRequest, actor: Actor, thing: SharedDocument) -> ShareForm | None:
    """Save the form; returns it where it has errors."""
    known = shares.list_shares(actor, thing.resource, thing.id)
    kept = next((each.until for each in known if str(each.user) == request.POST.get("who")), None)
    form = ShareForm(request.POST, resource=thing.resource, zone=time_zone_of(actor), kept=kept)
    if not form.is_valid():
        return form
    given = form.cleaned_data
    try:
        user = shares.share_with(actor, thing.resource, thing.id, given["who"], given["level"], given["until"])
    except ApiError as error:
        add_form_errors(form, error)
        return form
    if given["who"].isdecimal():
        messages.success(request, gettext("Shared."))
    else:
        words = gettext("Shared. {who} is account {number} here.").format(who=given["who"], number=user)
        messages.success(request, words)
    return None


@require_POST
@sign_in_required
def end_share(request: HttpRequest, kind: str, name: object, user: int) -> HttpResponse:
    """End the share with one account."""
    actor = actor_of(request)
    thing = KINDS[kind](actor, name)
    try:
        shares.end_share(actor, thing.resource, thing.id, user)
    except Forbidden:
        return render(request, "errors/403.html", status=403)
    messages.success(request, gettext("It is not shared with them any more."))
    return HttpResponseRedirect(f"{thing.sharing_url}#people")
