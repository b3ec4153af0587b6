"""What was removed from a chat, and the way to put it back."""

from typing import Any

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from botcafe.areas.companions.chats import tree
from botcafe.areas.companions.chats.trash import Removal, list_removals, own_chat_for
from botcafe.chat.turns import notify_watchers
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.kit.markdown import render as markdown
from botcafe.web.chats.presenters import face_of
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.presenters import beginning, moment, number_of
from botcafe.web.shell.requests import actor_of, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def removed(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What was removed, newest first; a form of the page puts a message or a whole act back."""
    if request.method == "POST":
        return _put_back(request, conversation_id)
    actor, page = actor_of(request), min(number_of(request, "page") or 1, 10_000)
    chat, acts, has_next = list_removals(actor, conversation_id, page)
    context = {
        "chat": {"id": chat.pk, "title": chat.title or "the chat", "is_temporary": bool(chat.is_temporary)},
        "acts": [_act(actor, each) for each in acts],
        "back": number_of(request, "back"),
        "page": page,
        "has_next": has_next,
        "next_url": f"?page={page + 1}",
        "previous_url": f"?page={page - 1}",
    }
    response = render(request, "chats/trash.html", context)
    if chat.is_temporary:
        response["Cache-Control"] = "no-store"
    return response


def _act(actor: Actor, act: Removal) -> dict[str, Any]:
    rows = [
        {
            "id": row.pk,
            **face_of(actor, row),
            "said_at": moment(row.created_at),
            "beginning": beginning(row.entry),
            "html": markdown(row.entry or ""),
        }
        for row in act.rows
    ]
    at = {"mark": act.mark, "removed_at": moment(act.mark), "days_left": act.days_left}
    return {**at, "count": act.count, "is_whole": len(rows) == act.count, "messages": rows}


def _put_back(request: HttpRequest, conversation_id: int) -> HttpResponse:
    actor, message = actor_of(request), request.POST.get("message", "")
    chat_id = own_chat_for(actor, conversation_id).pk
    try:
        leaf = tree.undo_removal(actor, conversation_id, request.POST.get("undo"), message)
    except ApiError as error:
        flash.error(request, error.message)
        return redirect_to("chats:trash", chat_id)
    notify_watchers()
    return redirect_to("chats:trash", chat_id, query={"back": message or leaf})
