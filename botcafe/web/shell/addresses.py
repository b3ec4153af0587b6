"""Addresses of our own pages, made from route names."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse


def page_url(route: str, *args: object, query: Mapping[str, object] | None = None, fragment: str = "") -> str:
    """The path of a named route, with query and fragment."""
    return f"{reverse(route, args=args)}{f'?{urlencode(query)}' if query else ''}{f'#{fragment}' if fragment else ''}"


DOCUMENT_ROUTES = {
    "bot": "bots:bot",
    "conversation": "chats:chat",
    "knowledgeCollections": "lore:book",
    "personas": "personas:persona",
    "samplerPresets": "presets:preset",
}


def with_page_urls(created: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add the page URL to each document that an import created; a preview has no ids, so it gets none."""
    return [
        {**each, "url": page_url(DOCUMENT_ROUTES[each["collection"]], each.get("slug", each["id"]))}
        if "id" in each
        else dict(each)
        for each in created
    ]


def redirect_to(
    route: str, *args: object, query: Mapping[str, object] | None = None, fragment: str = ""
) -> HttpResponseRedirect:
    """Redirect to a named route."""
    return HttpResponseRedirect(page_url(route, *args, query=query, fragment=fragment))
