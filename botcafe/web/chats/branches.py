"""All branches of a chat, or those that go on from one message, and the way to each."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from botcafe.areas.companions.messages.branches import Branch, list_branches
from botcafe.cms.schema.actor import Actor
from botcafe.web.chats.presenters import QuotedMessage, quoted_message
from botcafe.web.shell.presenters import parse_instant, query_number
from botcafe.web.shell.requests import actor_of, sign_in_required


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A branch by its last message, and the first in which it differs from the shown one; ``is_one``: they are the same."""

    id: int
    first: QuotedMessage | None
    end: QuotedMessage | None
    is_one: bool
    length: int
    ended_at: dt.datetime | None
    is_active: bool


@sign_in_required
def branches(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The branches as a list, the shown one first, then the newest."""
    actor, page = actor_of(request), min(query_number(request, "page") or 1, 10_000)
    start = query_number(request, "from")
    found = list_branches(actor, conversation_id, start, page)
    place = f"from={start}&" if start else ""
    context = {
        "chat": {"id": found.chat.pk, "title": found.chat.title or gettext("the chat")},
        "start": quoted_message(actor, found.start),
        "branches": [_branch_row(actor, each) for each in found.shown],
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


def _branch_row(actor: Actor, branch: Branch) -> BranchRow:
    return BranchRow(
        id=branch.end.pk,
        first=quoted_message(actor, branch.first),
        end=quoted_message(actor, branch.end),
        is_one=branch.first is None or branch.first.pk == branch.end.pk,
        length=branch.length,
        ended_at=parse_instant(branch.end.created_at),
        is_active=branch.is_active,
    )
