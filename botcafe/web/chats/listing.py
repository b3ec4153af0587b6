"""Pages of all chats: the list, what a search finds, and what is deleted and taken back."""

from typing import Any

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from botcafe.areas.companions.chats import actions as chat_actions
from botcafe.areas.companions.chats import message_search
from botcafe.areas.companions.chats import queries as chat_queries
from botcafe.areas.companions.chats.listing import PAGE_SIZE
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.chats.presenters import talks_of
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import moment, number_of
from botcafe.web.shell.requests import actor_of, signed_in


def _list(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET
    shown = number_of(request, "shown") or PAGE_SIZE
    return talks_of(actor_of(request), asked.get("view", "active"), asked.get("q", ""), asked.get("tag", ""), shown)


@signed_in
def chats(request: HttpRequest) -> HttpResponse:
    """All chats of the person."""
    return render(request, "chats/chats.html", _list(request))


@signed_in
def talks(request: HttpRequest) -> HttpResponse:
    """The list of chats alone."""
    current = {"id": number_of(request, "current")}
    return render(request, "chats/_chat_list.html", {**_list(request), "conversation": current})


@signed_in
def search(request: HttpRequest) -> HttpResponse:
    """What was said, found again: in one chat or in all."""
    actor, text, page = actor_of(request), request.GET.get("q", "").strip()[:200], number_of(request, "page") or 1
    only = number_of(request, "chat")
    here = chat_queries.conversation_for(actor, only) if only else None
    hits, has_next = _hits(actor, text, only, page)
    place = {"chat": only} if only else {}
    context = {
        "q": text,
        "chat": {"id": here.pk, "title": here.title or "this chat"} if here else None,
        "hits": hits,
        "page": page,
        "has_next": has_next,
        "next_url": page_url("chats:search", query={"q": text, "page": page + 1, **place}),
        "previous_url": page_url("chats:search", query={"q": text, "page": page - 1, **place}),
    }
    return render(request, "chats/search.html", context)


def _hits(actor: Actor, text: str, only: int | None, page: int) -> tuple[list[dict[str, Any]], bool]:
    try:
        found, has_next = message_search.search_messages(actor, text, only, min(page, 10_000)) if text else ([], False)
    except ApiError:
        return [], False
    fields = ("url", "title", "name", "html")
    hits = [{**{n: getattr(hit, n) for n in fields}, "created_at": moment(hit.created_at)} for hit in found]
    return hits, has_next


@require_POST
@signed_in
def delete(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take a chat out of the list; it can be taken back for 30 days."""
    chat_actions.delete_chat(actor_of(request), conversation_id)
    flash.success(request, "The chat is out of your list. Under Deleted it can be taken back for 30 days.")
    return redirect_to("chats:list")


@require_POST
@signed_in
def restore(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take a deleted chat back."""
    try:
        chat_actions.restore_chat(actor_of(request), conversation_id)
    except NotFound as error:
        flash.error(request, error.message)
        return redirect_to("chats:list", query={"view": "deleted"})
    return redirect_to("chats:chat", conversation_id)


@require_POST
@signed_in
def end(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """End a temporary chat: nothing of it stays."""
    chat_actions.erase_temporary_chat(actor_of(request), conversation_id)
    flash.success(request, "The temporary chat is gone.")
    return redirect_to("chats:list")
