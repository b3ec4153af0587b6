"""The messages that were removed from a chat, and the form that restores them."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from botcafe.areas.companions.messages import tree
from botcafe.areas.companions.messages.trash import Removal, list_removals, own_chat_for
from botcafe.chat.turns import notify_watchers
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.kit.markdown import render as markdown
from botcafe.web.chats.presenters import Author, author_of
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.presenters import first_words, parse_instant, query_number
from botcafe.web.shell.requests import actor_of, sign_in_required


@dataclass(frozen=True, slots=True)
class RemovedMessage:
    """A message that was removed; ``html`` is sanitised."""

    id: int
    author: Author
    said_at: dt.datetime | None
    beginning: str
    html: str


@dataclass(frozen=True, slots=True)
class RemovalRow:
    """One act of removing; ``is_whole``: all its messages are listed."""

    mark: str
    removed_at: dt.datetime | None
    days_left: int
    count: int
    is_whole: bool
    messages: list[RemovedMessage]


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def trash(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The removed messages, newest first; a POST restores one, or all that were removed together."""
    if request.method == "POST":
        return _put_back(request, conversation_id)
    actor, page = actor_of(request), min(query_number(request, "page") or 1, 10_000)
    found = list_removals(actor, conversation_id, page)
    chat = found.chat
    context = {
        "chat": {"id": chat.pk, "title": chat.title or gettext("the chat"), "is_temporary": bool(chat.is_temporary)},
        "acts": [_removal_row(actor, each) for each in found.removals],
        "back": query_number(request, "back"),
        "page": page,
        "has_next": found.has_more,
        "next_url": f"?page={page + 1}",
        "previous_url": f"?page={page - 1}",
    }
    response = render(request, "chats/trash.html", context)
    if chat.is_temporary:
        response["Cache-Control"] = "no-store"
    return response


def _removal_row(actor: Actor, removal: Removal) -> RemovalRow:
    messages = [
        RemovedMessage(
            row.pk,
            author_of(actor, row),
            parse_instant(row.created_at),
            first_words(row.entry),
            markdown(row.entry or ""),
        )
        for row in removal.rows
    ]
    return RemovalRow(
        mark=removal.mark,
        removed_at=parse_instant(removal.mark),
        days_left=removal.days_left,
        count=removal.count,
        is_whole=len(messages) == removal.count,
        messages=messages,
    )


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
