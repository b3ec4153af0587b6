"""The search page: chats, messages, lore, memories and bots of the user, grouped by kind."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from botcafe.areas.knowledge.memories.actions import memory_filter_choices
from botcafe.web.search.groups import KINDS, find_groups
from botcafe.web.shell.presenters import query_number
from botcafe.web.shell.requests import actor_of, sign_in_required

MAX_QUERY_CHARACTERS = 400


@sign_in_required
def search_page(request: HttpRequest) -> HttpResponse:
    """Search by words and by meaning at once; each hit shows where it is from and why it was found."""
    actor = actor_of(request)
    asked = " ".join(request.GET.get("q", "").split())
    text = asked[:MAX_QUERY_CHARACTERS]
    chosen = [kind for kind in KINDS if kind in request.GET.getlist("kind")] or list(KINDS)
    bot = query_number(request, "bot")
    context = {
        "q": text,
        "is_cut": len(asked) > len(text),
        "kinds": [{"value": kind, "label": label, "is_on": kind in chosen} for kind, label in KINDS.items()],
        "bot": bot,
        "bots": memory_filter_choices(actor)["bots"],
        "groups": find_groups(actor, text, chosen, bot) if text else [],
    }
    return render(request, "search/search.html", context)
