"""What people do in a chat, as plain forms: /chats/<id>/<act> comes back to the chat, or answers JSON to the page's script."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.queries import COOKIE
from botcafe.areas.companions.chats import generations, lore_links, participants, tree
from botcafe.areas.companions.chats import queries as chat_queries
from botcafe.areas.companions.chats import settings as chat_settings
from botcafe.areas.companions.chats import turns as chat_turns
from botcafe.areas.keys.unlocking import unlocked_of
from botcafe.chat.generation.runner import HUB
from botcafe.cms.http.limits import limited
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.cms.write.values import refuse_zeros
from botcafe.web.chats import views as chat_views
from botcafe.web.chats.forms import given_books, given_part, given_settings, given_turn
from botcafe.web.shell.requests import actor_of, back_to, signed_in

Found = dict[str, Any]
TURNS = ("send", "continue", "regenerate", "impersonate")


def _begin(request: HttpRequest, actor: Actor, number: int, mode: str) -> Found:
    limited(request, "chat", str(actor.id))
    begun = chat_turns.begin_turn(actor, number, given_turn(request.POST, mode), HUB.lease)
    HUB.start(begun.generations, unlocked_of(actor, request.COOKIES.get(COOKIE, "")))
    return {}


def _stop(actor: Actor, number: int, post: QueryDict) -> Found:
    chat_queries.conversation_for(actor, number)
    for each in chat_queries.writing_of(actor):
        if each.conversation == number:
            HUB.stop(generations.ask_to_stop(actor, each.generation))
    return {}


def _leaf(actor: Actor, number: int, post: QueryDict) -> Found:
    former = chat_queries.conversation_for(actor, number).active_leaf_id
    leaf = tree.move(actor, number, post.get("message"), exact=bool(post.get("exact")))
    return {"leaf": leaf, "go": f"?was={former}#m{leaf}" if post.get("exact") and former != leaf else "#latest"}


def _edit(actor: Actor, number: int, post: QueryDict) -> Found:
    tree.edit(actor, number, post.get("message"), chat_turns.check_entry(post.get("entry")))
    return {"go": f"?around={post.get('message')}#m{post.get('message')}"}


def _remove(actor: Actor, number: int, post: QueryDict) -> Found:
    found = tree.remove(actor, number, post.get("message"), following=bool(post.get("following")))
    return {**found, "go": f"?undo={found['undo']}#latest"}


def _undo(actor: Actor, number: int, post: QueryDict) -> Found:
    return {"leaf": tree.undo(actor, number, post.get("undo"))}


def _clear(actor: Actor, number: int, post: QueryDict) -> Found:
    found = tree.clear(actor, number)
    return {**found, "go": f"?undo={found['undo']}#latest"}


def _fork(actor: Actor, number: int, post: QueryDict) -> Found:
    return {"url": f"/chats/{tree.fork(actor, number, post.get('message'))}"}


def _react(actor: Actor, number: int, post: QueryDict) -> Found:
    found = tree.react(actor, number, post.get("message"), post.get("emoji"))
    return {**found, "go": f"?around={post.get('message')}#m{post.get('message')}"}


def _settings(actor: Actor, number: int, post: QueryDict) -> Found:
    return chat_settings.change_settings(actor, number, given_settings(post))


def _bots(actor: Actor, number: int, post: QueryDict) -> Found:
    return {"bots": participants.change_cast(actor, number, given_part(post))}


def _lore(actor: Actor, number: int, post: QueryDict) -> Found:
    lore_links.hang_on_chat(actor, number, given_books(post))
    return {}


ACTS: dict[str, Callable[[Actor, int, QueryDict], Found]] = {
    "stop": _stop,
    "leaf": _leaf,
    "edit": _edit,
    "remove": _remove,
    "undo": _undo,
    "clear": _clear,
    "fork": _fork,
    "react": _react,
    "settings": _settings,
    "bots": _bots,
    "lore": _lore,
}


def _do(request: HttpRequest, actor: Actor, number: int, name: str) -> Found:
    refuse_zeros({**dict(request.GET.lists()), **dict(request.POST.lists())})
    if name in TURNS:
        return _begin(request, actor, number, name)
    if name not in ACTS:
        raise Http404
    given = request.POST.copy()
    given.update(request.GET)  # a button can carry one field only
    found = ACTS[name](actor, number, given)
    if name == "edit" and "again" in request.POST:
        tree.move(actor, number, request.POST.get("message"), exact=True)
        return _begin(request, actor, number, "continue")
    return found


@require_POST
@signed_in
def act(request: HttpRequest, conversation_id: int, name: str) -> HttpResponse:
    """One act of a form."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        found = _do(request, actor_of(request), conversation_id, name)
    except ApiError as error:
        if wants_json:
            return JsonResponse(error.body(), status=error.status)
        return _refused(request, conversation_id, name, error)
    HUB.tell_from_thread()
    go = found.get("url") or f"/chats/{conversation_id}{found.pop('go', '#latest')}"
    return JsonResponse(found) if wants_json else back_to(go)


def _refused(request: HttpRequest, conversation_id: int, name: str, error: ApiError) -> HttpResponse:
    if error.status == 404 and name == "send":
        raise error
    if name == "send":
        return chat_views.chat(request, conversation_id, problem=error.message, draft=request.POST.get("entry", ""))
    flash.error(request, error.message)
    return back_to(f"/chats/{conversation_id}#latest")
