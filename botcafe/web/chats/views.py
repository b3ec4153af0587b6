"""Pages of one chat, whole and in pieces."""

from typing import Any

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from botcafe.areas.companions.chats import queries as chat_queries
from botcafe.areas.companions.chats import thread
from botcafe.areas.companions.chats.lore_links import list_chat_lore
from botcafe.areas.companions.chats.settings_model import read_auto_mode
from botcafe.chat import preview as previews
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.chats.addresses import chat_urls
from botcafe.web.chats.drawer import drawer_of
from botcafe.web.chats.forms import given_turn
from botcafe.web.chats.inspector import inspector_of
from botcafe.web.chats.presenters import EMOJIS, quote_of, talks_of, turns_of
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import number_of
from botcafe.web.shell.requests import actor_of, signed_in

FORMATS = (("md", "Markdown"), ("html", "Web page"), ("json", "JSON"), ("jsonl", "JSON lines"))
MOST = 120


def _piece(request: HttpRequest, actor: Actor, chat: Any) -> dict[str, Any]:
    """The messages that are asked for, and what is opened among them."""
    names = ("before", "after", "around")
    asked: dict[str, Any] = {name: number_of(request, name) for name in names if number_of(request, name)}
    date = request.GET.get("date", "")
    if date and not asked:
        asked["date"] = date[:10]
    limit = number_of(request, "limit") or thread.WINDOW_MESSAGES
    window = thread.load_window(actor, chat, **asked, limit=min(limit, MOST))
    shown = {each.row.pk for each in window.shown}
    missing = asked.get("around") if asked.get("around") not in shown else None
    return {
        "window": window,
        "messages": turns_of(actor, window),
        "edit_id": number_of(request, "edit"),
        "turn_id": number_of(request, "turn"),
        "was": number_of(request, "was"),
        "elsewhere": missing if missing and _is_there(chat, missing) else None,
        "auto_left": auto.turns_left if (auto := read_auto_mode(chat.auto_mode)).is_on else 0,
        "emojis": EMOJIS,
    }


def _is_there(chat: Any, message_id: int) -> bool:
    try:
        return bool(thread.get_message(chat.pk, message_id))
    except NotFound:
        return False


def _shown(chat: Any, people: list[dict[str, Any]], now: dict[str, Any]) -> dict[str, Any]:
    first = people[0] if people else {}
    names = ", ".join(each["name"] for each in people)
    title = chat.title or names or "Chat"
    return {
        "id": chat.pk,
        "title": title,
        "status": now["status"],
        "tags": now["tags"],
        "subtitle": "" if title == names else names,
        "bot_name": names or "nobody",
        "bot_id": first.get("id"),
        "bot_url": page_url("bots:bot", first["slug"]) if first else None,
        "picture_url": first.get("picture_url"),
        "is_temporary": bool(chat.is_temporary),
    }


def _beside(request: HttpRequest, actor: Actor, chat: Any) -> dict[str, Any]:
    drawer = drawer_of(actor, chat, request.GET.get("find", ""), with_lore="lore" in request.GET)
    return {
        **drawer,
        "is_mine": chat.user_id == actor.id,
        "conversation": _shown(chat, drawer["cast"], drawer["settings"]),
        "urls": chat_urls(chat.pk),
        "formats": FORMATS,
    }


def _sent(request: HttpRequest, actor: Actor, turns: list[dict[str, Any]]) -> dict[str, Any]:
    """What was sent is long: the page is opened without it, and asks for it when somebody looks."""
    asked = number_of(request, "inspect")
    newest = next((each["generation_id"] for each in turns[::-1] if each["generation_id"]), None)
    return inspector_of(previews.trace_generation(actor, asked)) if asked else {"newest": newest}


def _quoted(request: HttpRequest, actor: Actor, chat: Any) -> dict[str, Any] | None:
    wanted = number_of(request, "reply")
    return quote_of(actor, thread.get_message(chat.pk, wanted)) if wanted else None


def _of_another(request: HttpRequest, chat: Any, piece: dict[str, Any]) -> HttpResponse:
    """A chat that somebody shares, to be read: what is done in chats is its owner's to do."""
    shown = {"id": chat.pk, "title": chat.title or "A chat"}
    context = {"conversation": shown, "window": piece["window"], "lines": piece["messages"]}
    response = render(request, "chats/shared_chat.html", context)
    response["Cache-Control"] = "no-store"  # it can be taken back
    return response


@signed_in
def chat(request: HttpRequest, conversation_id: int, problem: str = "", draft: str = "") -> HttpResponse:
    """One chat."""
    actor = actor_of(request)
    found = chat_queries.conversation_for(actor, conversation_id)
    piece = _piece(request, actor, found)
    if found.user_id != actor.id:
        return _of_another(request, found, piece)
    context = {
        **_beside(request, actor, found),
        **piece,
        **talks_of(actor),
        "inspector": _sent(request, actor, piece["messages"]),
        "quoted": _quoted(request, actor, found),
        "undo": request.GET.get("undo", "")[:60],
        "send_error": problem,
        "draft": draft,
        "flash": list(flash.get_messages(request)),
    }
    response = render(request, "chats/chat.html", context, status=400 if problem else 200)
    if found.is_temporary:
        response["Cache-Control"] = "no-store"  # nor does the service worker keep it
    return response


@signed_in
def turns(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """A piece of a chat, for the page that is open."""
    actor = actor_of(request)
    found = chat_queries.conversation_for(actor, conversation_id)
    context = {"conversation": {"id": found.pk}, "urls": chat_urls(found.pk), **_piece(request, actor, found)}
    return render(request, "chats/_transcript.html", context)


@signed_in
def drawer(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The drawer alone."""
    actor = actor_of(request)
    found = chat_queries.conversation_for(actor, conversation_id)
    return render(request, "chats/_drawer.html", _beside(request, actor, found))


@signed_in
def heard(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The lore that counts in a chat, for its part of the drawer."""
    actor = actor_of(request)
    lore = list_chat_lore(actor, chat_queries.conversation_for(actor, conversation_id))
    if lore is None:
        raise NotFound
    context = {"lore": lore, "urls": chat_urls(conversation_id)}
    return render(request, "chats/_drawer_lore.html", context)


@signed_in
def sent(request: HttpRequest, conversation_id: int, generation_id: int) -> HttpResponse:
    """What a reply was made of."""
    told = previews.trace_generation(actor_of(request), generation_id)
    return render(request, "chats/_inspector.html", {"inspector": inspector_of(told)})


@require_POST
@signed_in
def preview(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What the next reply would be made of."""
    try:
        told = previews.preview_turn(actor_of(request), conversation_id, given_turn(request.POST, "send"))
    except ApiError as error:
        return HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")
    return render(request, "chats/_inspector.html", {"inspector": inspector_of(told, is_preview=True)})
