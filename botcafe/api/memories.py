"""Memories beyond their collection: edit, pin, retract, merge, make lore of them; what is remembered at all."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from botcafe.api.chats import Body, answering
from botcafe.areas.companions.chats.memory_state import (
    change_memory_settings,
    read_memory_settings,
    summary_tokens_this_month,
)
from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.knowledge.memories import actions as memory_actions
from botcafe.areas.knowledge.memories import promote_to_lore
from botcafe.chat.summaries.jobs import enqueue_summary, merge_by_hand
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, NotFound


def _ids(body: Body) -> list[Any]:
    ids = body.get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= memory_actions.MOST_AT_ONCE or not all(map(_may_be_id, ids)):
        raise BadRequest(f"ids must be a list of 1 to {memory_actions.MOST_AT_ONCE} ids of your memories.")
    return ids


def _may_be_id(given: object) -> bool:
    return isinstance(given, int | str) and not isinstance(given, bool)


def _flag(body: Body, name: str) -> bool:
    if not isinstance(body.get(name), bool):
        raise BadRequest(f"{name} must be true or false.")
    return bool(body[name])


def _words(body: Body, name: str) -> str:
    words = body.get(name)
    if words is not None and not isinstance(words, str):
        raise BadRequest(f"{name}: give it as text.")
    return words or ""


@answering("POST")
def edit(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/memory/{id}/edit`` ``{entry?, title?, importance?, topics?, emotional_context?}``."""
    return {"doc": memory_actions.edit_memory(actor, number, body)}


@answering("POST")
def pin(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/memory/{id}/pin`` ``{pinned}``."""
    is_pinned = _flag(body, "pinned")
    memory_actions.pin_memory(actor, number, is_pinned=is_pinned)
    return {"pinned": is_pinned}


@answering("POST")
def unmerge(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/memory/{id}/unmerge``: the memories that are open again."""
    return {"ids": memory_actions.unmerge(actor, number)}


def _status(actor: Actor, body: Body) -> Body:
    return {"changed": memory_actions.set_status(actor, _ids(body), str(body.get("status")))}


def _merge(actor: Actor, body: Body) -> Body:
    return {"id": merge_by_hand(actor, _ids(body), _words(body, "entry"), _words(body, "title"))}


def _to_lore(actor: Actor, body: Body) -> Body:
    return promote_to_lore.to_lore(actor, _ids(body), body.get("collection"))


def _undo_lore(actor: Actor, body: Body) -> Body:
    return {"undone": promote_to_lore.undo_lore(actor, _ids(body))}


ACTS: dict[str, Callable[[Actor, Body], Body]] = {
    "status": _status,
    "merge": _merge,
    "to-lore": _to_lore,
    "undo-lore": _undo_lore,
}


@answering("POST")
def act(request: HttpRequest, actor: Actor, number: int, body: Body, name: str) -> Body:
    """``POST /api/memory/status|merge|to-lore|undo-lore`` ``{ids, …}``."""
    return ACTS[name](actor, body)


@answering("GET", "POST")
def settings(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``/api/account/memory``: whether memories are made at all, for which bots not, and what they may cost a month."""
    user = int(actor.id or 0)
    found = change_memory_settings(actor, body) if request.method == "POST" else read_memory_settings(user)
    return {**found, "tokens_this_month": summary_tokens_this_month(user)}


@answering("POST")
def remember(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/conversation/{id}/remember``: make memories of what is due now, in the background."""
    limit_request(request, "chat", str(actor.id))
    if conversation_for(actor, number).user_id != actor.id:
        raise NotFound
    enqueue_summary(number)
    return {"message": "What is due is being remembered."}
