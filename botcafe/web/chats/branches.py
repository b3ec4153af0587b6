"""All branches of a chat, or those that go on from one message, and the way to each."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from botcafe.areas.companions.chats.branches import Branch, list_branches
from botcafe.cms.schema.actor import Actor
from botcafe.web.chats.presenters import quote_of
from botcafe.web.shell.presenters import moment, number_of
from botcafe.web.shell.requests import actor_of, signed_in


@signed_in
def branches(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The branches as a list, the shown one first, then the newest."""
    actor, page = actor_of(request), min(number_of(request, "page") or 1, 10_000)
    start = number_of(request, "from")
    found = list_branches(actor, conversation_id, start, page)
    place = f"from={start}&" if start else ""
    context = {
        "chat": {"id": found.chat.pk, "title": found.chat.title or "the chat"},
        "start": quote_of(actor, found.start),
        "branches": [_branch(actor, each) for each in found.shown],
        "count": found.count,
        "page": page,
        "has_next": found.has_more,
        "next_url": f"?{place}page={page + 1}",
        "previous_url": f"?{place}page={page - 1}",
    }
    response = render(request, "chats/branches.html", context)
    if found.chat.is_temporary:
        response["Cache-Control"] = "no-store"
    return response


def _branch(actor: Actor, branch: Branch) -> dict[str, Any]:
    is_one = branch.first is None or branch.first.pk == branch.end.pk
    return {
        "id": branch.end.pk,
        "first": quote_of(actor, branch.first),
        "end": quote_of(actor, branch.end),
        "is_one": is_one,
        "length": branch.length,
        "ended_at": moment(branch.end.created_at),
        "is_active": branch.is_active,
    }
