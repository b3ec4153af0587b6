"""Pages of all chats: the list, what a search finds, and what is deleted and taken back."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.companions.chats import actions as chat_actions
from botcafe.areas.companions.chats import queries as chat_queries
from botcafe.areas.companions.chats.listing import PAGE_SIZE
from botcafe.areas.companions.messages import search as messages_search
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.chats.addresses import message_url
from botcafe.web.chats.presenters import ChatListPage, chat_list_page
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import as_context, parse_instant, query_number
from botcafe.web.shell.requests import actor_of, sign_in_required


@dataclass(frozen=True, slots=True)
class MessageHitRow:
    """A message that a search has found; ``html`` is escaped, with the words marked."""

    url: str
    title: str
    name: str
    html: str
    created_at: dt.datetime | None


def _chat_list(request: HttpRequest) -> ChatListPage:
    params = request.GET
    shown = query_number(request, "shown") or PAGE_SIZE
    view, text, tag = params.get("view", "active"), params.get("q", ""), params.get("tag", "")
    return chat_list_page(actor_of(request), view, text, tag, shown, params.get("folder", ""))


@sign_in_required
def chats(request: HttpRequest) -> HttpResponse:
    """All chats of the actor."""
    return render(request, "chats/chats.html", as_context(_chat_list(request)))


@sign_in_required
def list_fragment(request: HttpRequest) -> HttpResponse:
    """The list of chats alone, for the page's script."""
    current = {"id": query_number(request, "current")}
    return render(request, "chats/_chat_list.html", {**as_context(_chat_list(request)), "conversation": current})


@sign_in_required
def search(request: HttpRequest) -> HttpResponse:
    """Messages that hold words, in one chat or in all."""
    actor, text, page = actor_of(request), request.GET.get("q", "").strip()[:200], query_number(request, "page") or 1
    chat_id = query_number(request, "chat")
    chat = chat_queries.conversation_for(actor, chat_id) if chat_id else None
    hits, has_next = _find_messages(actor, text, chat_id, page)
    place = {"chat": chat_id} if chat_id else {}
    context = {
        "q": text,
        "chat": {"id": chat.pk, "title": chat.title or gettext("this chat")} if chat else None,
        "hits": hits,
        "page": page,
        "has_next": has_next,
        "next_url": page_url("chats:search", query={"q": text, "page": page + 1, **place}),
        "previous_url": page_url("chats:search", query={"q": text, "page": page - 1, **place}),
    }
    return render(request, "chats/search.html", context)


def _find_messages(actor: Actor, text: str, only: int | None, page: int) -> tuple[list[MessageHitRow], bool]:
    if not text:
        return [], False
    try:
        found = messages_search.search_messages(actor, text, only, min(page, 10_000))
    except ApiError:
        return [], False
    return [_hit_row(hit) for hit in found.hits], found.has_more


def _hit_row(hit: messages_search.MessageHit) -> MessageHitRow:
    return MessageHitRow(
        message_url(hit.conversation, hit.message), hit.title, hit.name, hit.html, parse_instant(hit.created_at)
    )


@require_POST
@sign_in_required
def delete(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take a chat out of the list; it can be taken back for 30 days."""
    chat_actions.delete_chat(actor_of(request), conversation_id)
    flash.success(request, gettext("The chat is out of your list. Under Deleted it can be restored for 30 days."))
    return redirect_to("chats:list")


@require_POST
@sign_in_required
def restore(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take a deleted chat back."""
    try:
        chat_actions.restore_chat(actor_of(request), conversation_id)
    except NotFound as error:
        flash.error(request, error.message)
        return redirect_to("chats:list", query={"view": "deleted"})
    return redirect_to("chats:chat", conversation_id)


@require_POST
@sign_in_required
def end(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """End a temporary chat: nothing of it stays."""
    chat_actions.erase_temporary_chat(actor_of(request), conversation_id)
    flash.success(request, gettext("The temporary chat is gone."))
    return redirect_to("chats:list")
