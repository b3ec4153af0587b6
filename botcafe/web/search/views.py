"""The search page: chats, messages, lore, memories and bots of the user, grouped by kind."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from botcafe.areas.knowledge.memories.actions import memory_filter_choices
from botcafe.web.search.groups import KINDS, SearchGroup, find_groups
from botcafe.web.search.places import find_places
from botcafe.web.shell.presenters import query_number
from botcafe.web.shell.requests import actor_of, sign_in_required

MAX_QUERY_CHARACTERS = 400
MIN_PALETTE_CHARACTERS = 2
MAX_PALETTE_HITS = 4


@sign_in_required
def search_page(request: HttpRequest) -> HttpResponse:
    """Search by words and by meaning at once; each hit shows where it is from and why it was found."""
    actor = actor_of(request)
    text, is_cut = _query_text(request)
    chosen = [kind for kind in KINDS if kind in request.GET.getlist("kind")] or list(KINDS)
    bot = query_number(request, "bot")
    context = {
        "q": text,
        "is_cut": is_cut,
        "kinds": [{"value": kind, "label": label, "is_on": kind in chosen} for kind, label in KINDS.items()],
        "bot": bot,
        "bots": memory_filter_choices(actor)["bots"],
        "groups": find_groups(actor, text, chosen, bot) if text else [],
    }
    return render(request, "search/search.html", context)


@sign_in_required
def palette(request: HttpRequest) -> HttpResponse:
    """The palette as a fragment: pages by name and, from two characters on, the first hits of each kind."""
    text, is_cut = _query_text(request)
    is_searched = len(text) >= MIN_PALETTE_CHARACTERS
    found = find_groups(actor_of(request), text, list(KINDS), None) if is_searched else []
    context = {
        "q": text,
        "is_cut": is_cut,
        "max_characters": MAX_QUERY_CHARACTERS,
        "places": find_places(text),
        "groups": [SearchGroup(group.kind, group.label, group.hits[:MAX_PALETTE_HITS]) for group in found],
    }
    return render(request, "search/_palette.html", context)


def _query_text(request: HttpRequest) -> tuple[str, bool]:
    """The words that are searched, and whether more were given."""
    asked = " ".join(request.GET.get("q", "").split())
    return asked[:MAX_QUERY_CHARACTERS], len(asked) > MAX_QUERY_CHARACTERS
