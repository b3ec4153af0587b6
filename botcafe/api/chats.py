"""A turn of chat over the API: begin it, stop it, see what it is made of. Following it is in ``streams``."""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from botcafe.api.http.page_links import page_link
from botcafe.api.http.requests import actor_of, asked_of, refusal, reply
from botcafe.areas.accounts.queries import COOKIE, token_of
from botcafe.areas.companions.chats import actions as chat_actions
from botcafe.areas.companions.chats import participants
from botcafe.areas.companions.chats import settings as chat_settings_module
from botcafe.areas.companions.chats.fork import fork_chat
from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.companions.chats.settings_model import read_chat_settings
from botcafe.areas.companions.messages import search as messages_search
from botcafe.areas.companions.messages import tree
from botcafe.areas.companions.turns import turn_request
from botcafe.areas.companions.turns.commit import StartedTurn
from botcafe.areas.companions.turns.turn_request import TurnRequest
from botcafe.areas.keys.unlocking import Unlocked, unlocked_of
from botcafe.chat import preview as previews
from botcafe.chat.turns import notify_watchers, start_turn, stop_reply
from botcafe.cms.http.rest import ApiResponse, route_not_found
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, Forbidden
from botcafe.cms.write.field_values import refuse_nul_characters
from botcafe.kit.markdown import render
from botcafe.transfer.export_chat import export_chat

Body = dict[str, Any]
Act = Callable[[Actor, int, Body], Any]


def answering(*methods: str) -> Callable[[Callable[..., Any]], Callable[..., HttpResponseBase]]:
    """Make a view of a function of actor, id and body; refusals take their shape, strangers are sent away."""

    def wrap(act: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
        @wraps(act)
        def view(request: HttpRequest, number: int = 0, **more: Any) -> HttpResponseBase:
            try:
                asked = asked_of(request, request.path.removeprefix("/api/"))
                if asked.method not in methods:
                    return reply(route_not_found(asked))
                actor = actor_of(request)
                if not actor.is_signed_in:
                    raise Forbidden
                body = asked.body if asked.method == "POST" else dict(request.GET.items())
                if not isinstance(body, dict):
                    raise BadRequest("The body must be an object of fields.")
                refuse_nul_characters({name: value for name, value in body.items() if name != "entry"})
                found = act(request, actor, number, body, **more)
            except ApiError as error:
                return refusal(error)
            return found if isinstance(found, HttpResponseBase) else reply(ApiResponse(200, found))

        return view

    return wrap


@answering("POST")
def turn(request: HttpRequest, actor: Actor, number: int, body: Body) -> HttpResponse:
    """``POST /api/conversation/{id}/turns``: 202 with the stored message and the replies to come."""
    begun = start_turn(actor, number, TurnRequest.from_body(body), unlocked_keys(request, actor))
    return reply(ApiResponse(202, told(begun)))


def unlocked_keys(request: HttpRequest, actor: Actor) -> Unlocked:
    """The keys that the person's own sign-in has opened, for the length of this turn."""
    return unlocked_of(actor, token_of(request.META.get("HTTP_AUTHORIZATION", ""), request.COOKIES.get(COOKIE, "")))


def told(begun: StartedTurn) -> Body:
    """An accepted turn on the wire."""
    message = begun.message
    rows = [
        {
            "id": row.pk,
            "message": {"id": row.message_id},
            "bot": _bot(row.bot),
            "state": row.state,
            "mode": row.mode,
        }
        for row in begun.generations
    ]
    said = {"id": message.pk, "html": render(message.entry or "")} if message else None
    return {"message": said, "leaf": begun.leaf_id, "generations": rows}


def _bot(bot: Any) -> Body | None:
    if bot is None:
        return None
    return {"id": bot.pk, "name": bot.name, "picture_url": bot.picture.url if bot.picture else None}


@answering("POST")
def stop(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/generations/{id}/stop``."""
    stop_reply(actor, number)
    return {"message": "Stopping."}


@answering("GET")
def trace(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``GET /api/generations/{id}/trace``."""
    return previews.trace_generation(actor, number)


def _edit(actor: Actor, number: int, body: Body) -> Body:
    entry = turn_request.check_entry(body.get("entry"))
    row = tree.edit_message(actor, number, body.get("message"), entry, str(body.get("reason") or "")[:200])
    shown = {"id": row.pk, "html": render(row.entry), "is_edited": bool(row.message_status_is_edited)}
    history = row.message_status_edit_history or []
    return {"message": {**shown, "edited_at": row.message_status_edited_at, "history": history}}


def _fork(actor: Actor, number: int, body: Body) -> Body:
    made = fork_chat(actor, number, body.get("message"))
    return {"id": made, "url": page_link("conversation", made)}


def _move(actor: Actor, number: int, body: Body) -> Body:
    exact = body.get("exact") is True
    return {"leaf": tree.switch_branch(actor, number, body.get("message"), exact=exact, parent=body.get("parent"))}


def _remove(actor: Actor, number: int, body: Body) -> Body:
    following = body.get("following") is True
    return tree.remove_message(actor, number, body.get("message"), following=following, parent=body.get("parent"))


def _read(actor: Actor, number: int, body: Body) -> Body:
    tree.mark_read(actor, number)
    notify_watchers()
    return {}


ACTS: dict[str, Act] = {
    "leaf": _move,
    "edit": _edit,
    "remove": _remove,
    "undo": lambda actor, number, body: {
        "leaf": tree.undo_removal(actor, number, body.get("undo"), body.get("message"))
    },
    "clear": lambda actor, number, body: tree.clear_chat(actor, number),
    "fork": _fork,
    "react": lambda actor, number, body: tree.toggle_reaction(actor, number, body.get("message"), body.get("emoji")),
    "read": _read,
    "settings": lambda actor, number, body: chat_settings_module.change_settings(actor, number, body).as_json(),
    "bots": lambda actor, number, body: _cast(actor, number, body),
    "preview": lambda actor, number, body: previews.preview_turn(actor, number, TurnRequest.from_body(body)),
    "delete": lambda actor, number, body: _delete(actor, number),
    "restore": lambda actor, number, body: _restore(actor, number),
    "end": lambda actor, number, body: _end(actor, number),
}


def _delete(actor: Actor, number: int) -> Body:
    chat_actions.delete_chat(actor, number)
    return {"message": "The chat is gone, and can be taken back for 30 days."}


def _restore(actor: Actor, number: int) -> Body:
    chat_actions.restore_chat(actor, number)
    return {"message": "The chat is back."}


def _end(actor: Actor, number: int) -> Body:
    chat_actions.erase_temporary_chat(actor, number)
    return {"message": "Nothing of the chat is left."}


@answering("POST")
def start(request: HttpRequest, actor: Actor, number: int, body: Body) -> HttpResponse:
    """``POST /api/account/chats``: open a chat with a bot, its greetings as the first message's alternatives."""
    greeting = body.get("greeting", 0)
    if not isinstance(body.get("bot"), str) or isinstance(greeting, bool) or not isinstance(greeting, int):
        raise BadRequest('Give {"bot": "slug", "greeting": 0, "temporary": false}.')
    made = chat_actions.start_chat(actor, body["bot"], greeting, temporary=body.get("temporary") is True)
    return reply(ApiResponse(201, {"id": made, "url": page_link("conversation", made)}))


def _cast(actor: Actor, number: int, body: Body) -> Body:
    bots = participants.change_participants(actor, number, body)
    return {"bots": bots, "conversation_type": conversation_for(actor, number).conversation_type}


@answering("POST")
def act(request: HttpRequest, actor: Actor, number: int, body: Body, name: str = "") -> Body:
    """``POST /api/conversation/{id}/{act}``: what people do to a chat besides speaking."""
    found: Body = ACTS[name](actor, number, body)
    return found


@answering("GET", "POST")
def chat_settings(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``GET`` and ``POST /api/conversation/{id}/settings``."""
    if request.method == "POST":
        return chat_settings_module.change_settings(actor, number, body).as_json()
    return read_chat_settings(conversation_for(actor, number)).as_json()


@answering("GET")
def search(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``GET /api/conversation/{id}/search`` and ``GET /api/account/search``: ``?q=&page=``."""
    page = str(body.get("page") or "1")
    if number:
        conversation_for(actor, number)
    hits, has_more = messages_search.search_messages(
        actor, str(body.get("q") or ""), number or None, int(page) if page.isdecimal() and len(page) < 10 else 1
    )
    return {"hits": [{**asdict(hit), "url": _message_url(hit)} for hit in hits], "has_more": has_more}


def _message_url(hit: messages_search.MessageHit) -> str:
    return f"{page_link('conversation', hit.conversation)}?around={hit.message}#m{hit.message}"


@answering("GET")
def export(request: HttpRequest, actor: Actor, number: int, body: Body) -> HttpResponse:
    """``GET /api/conversation/{id}/export?format=``: a chat as a file."""
    name, kind, data = export_chat(actor, number, str(body.get("format") or "jsonl"))
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "sandbox"
    response["Cache-Control"] = "no-store"
    return response
