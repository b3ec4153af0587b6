"""Pages of chats."""

import datetime as dt
from typing import Any

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from botcafe.areas.companions import actions, queries, turns
from botcafe.areas.keys.queries import keys_of
from botcafe.chat.backends import REHEARSAL
from botcafe.chat.hub import HUB, start_turn
from botcafe.cms.actor import Actor
from botcafe.cms.errors import ApiError
from botcafe.cms.limits import limited
from botcafe.kit.markdown import render as markdown
from botcafe.web.requests import actor_of, back_to, signed_in

LIVE = {"queued": "streaming"}


def chat_line(chat: queries.ChatLine) -> dict[str, Any]:
    """A chat as the lists show it."""
    fields = {name: getattr(chat, name) for name in chat.__slots__}
    return {**fields, "url": f"/chats/{chat.id}", "last_activity": _moment(chat.last_activity)}


def _moment(instant: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(instant) if instant else None


@signed_in
def chats(request: HttpRequest) -> HttpResponse:
    """All chats of the person."""
    lines = [chat_line(chat) for chat in queries.chats_of(actor_of(request))]
    return render(request, "companions/chats.html", {"conversations": lines})


def _messages(actor: Actor, chat: Any) -> list[dict[str, Any]]:
    replies = queries.generations_of(chat)
    return [_message(actor, row, replies.get(row.pk)) for row in queries.branch_of(actor, chat)]


def _message(actor: Actor, row: Any, reply: Any) -> dict[str, Any]:
    state = LIVE.get(reply.state, reply.state) if reply else "complete"
    return {
        "id": row.pk,
        "role": "system" if row.message_type == "system" else "bot" if row.bot_id else "user",
        "name": row.bot.name if row.bot else actor.name or "You",
        "picture_url": row.bot.picture.url if row.bot and row.bot.picture else None,
        "bot_id": row.bot_id,
        "html": markdown(row.entry or ""),
        "state": state,
        "note": (reply.error or "") if reply and state in {"failed", "interrupted"} else "",
        "created_at": _moment(row.created_at),
        "generation_id": reply.pk if reply and state == "streaming" else None,
    }


def _models(actor: Actor, chat: Any) -> list[dict[str, Any]]:
    chosen = chat.model_choice or {}
    now_is = f"{chosen['key']}:{chosen.get('model', '')}" if chosen.get("key") else REHEARSAL
    options = [(REHEARSAL, "Rehearsal voice (no key)")]
    for key in keys_of(actor):
        options += [(f"{key.id}:{m}", f"{m} · {key.nickname}") for m in key.models if key.is_active]
    return [{"value": v, "label": label, "selected": v == now_is} for v, label in options]


def _inspector(actor: Actor, chat: Any) -> dict[str, Any]:
    blocks = queries.blocks_of(actor, chat)
    sent = [b for b in blocks if b.get("text")]
    return {"blocks": blocks, "total_tokens": sum(int(b.get("tokens") or 0) for b in sent)}


@signed_in
def chat(request: HttpRequest, conversation_id: int, problem: str = "", draft: str = "") -> HttpResponse:
    """One chat."""
    actor = actor_of(request)
    found = queries.conversation_for(actor, conversation_id)
    bot = queries.primary_bot(found)
    models = _models(actor, found)
    shown = {
        "id": found.pk,
        "title": found.title or (bot.name if bot else "Chat"),
        "leaf_id": found.active_leaf_id,
        "bot_name": bot.name if bot else "nobody",
        "bot_id": bot.pk if bot else None,
        "bot_url": f"/bots/{bot.slug}" if bot else None,
        "picture_url": bot.picture.url if bot and bot.picture else None,
    }
    context = {
        "conversation": shown,
        "messages": _messages(actor, found),
        "conversations": [chat_line(c) for c in queries.chats_of(actor, limit=40)],
        "models": models,
        "inspector": _inspector(actor, found),
        "rehearsal": models[0]["selected"],
        "send_error": problem,
        "draft": draft,
        "flash": list(flash.get_messages(request)),
    }
    return render(request, "companions/chat.html", context, status=400 if problem else 200)


@require_POST
@signed_in
def send(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Say something, without script: the page comes back with the reply on its way."""
    entry = request.POST.get("entry", "")
    actor = actor_of(request)
    try:
        limited(request, "chat", str(actor.id))
        parent = request.POST.get("parent")
        begun = turns.begin_turn(actor, conversation_id, entry, parent=parent, lease=HUB.lease)
    except ApiError as error:
        if error.status == 404:
            raise
        return chat(request, conversation_id, problem=error.message, draft=entry)
    start_turn(begun.generation_id)
    return back_to(f"/chats/{conversation_id}#latest")


@require_POST
@signed_in
def stop(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Stop the reply that is being written, without script."""
    actor = actor_of(request)
    found = queries.conversation_for(actor, conversation_id)
    for row in queries.generations_of(found).values():
        if row.state in turns.RUNNING:
            turns.ask_to_stop(actor, row.pk)
            HUB.stop(row.pk)
    return back_to(f"/chats/{conversation_id}#latest")


@require_POST
@signed_in
def model(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Choose what answers in this chat."""
    key, _, name = request.POST.get("model", "").partition(":")
    choice: dict[str, Any] = {"key": int(key), "model": name} if key.isdecimal() and name else {}
    actions.choose_model(actor_of(request), conversation_id, choice)
    return back_to(f"/chats/{conversation_id}#latest")


@require_POST
@signed_in
def delete(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take a chat out of the list."""
    actions.delete_chat(actor_of(request), conversation_id)
    flash.success(request, "The chat is gone from your list.")
    return back_to("/chats")
