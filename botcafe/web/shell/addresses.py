"""Addresses of our own pages, made from route names."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy


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


# What an import creates, and what is counted within it.
IMPORTED = {
    "bot": (gettext_lazy("Bot"), ngettext_lazy("%(count)s entry", "%(count)s entries", "count")),
    "conversation": (gettext_lazy("Chat"), ngettext_lazy("%(count)s message", "%(count)s messages", "count")),
    "knowledgeCollections": (gettext_lazy("Lorebook"), ngettext_lazy("%(count)s entry", "%(count)s entries", "count")),
    "personas": (gettext_lazy("Persona"), ngettext_lazy("%(count)s persona", "%(count)s personas", "count")),
    "samplerPresets": (gettext_lazy("Preset"), ngettext_lazy("%(count)s setting", "%(count)s settings", "count")),
}


def with_page_urls(created: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add a label, and the page URL, to each document that an import created; a preview has no ids, so it gets no URL."""
    shown = []
    for each in created:
        noun, part = IMPORTED[each["collection"]]
        count = each.get("count")
        labelled = {**each, "label": f"{noun}, {part % {'count': count}}" if count else noun}
        if "id" in each:
            labelled["url"] = page_url(DOCUMENT_ROUTES[each["collection"]], each.get("slug", each["id"]))
        shown.append(labelled)
    return shown


def redirect_to(
    route: str, *args: object, query: Mapping[str, object] | None = None, fragment: str = ""
) -> HttpResponseRedirect:
    """Redirect to a named route."""
    return HttpResponseRedirect(page_url(route, *args, query=query, fragment=fragment))
