"""Addresses of our own pages, made from route names."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse


def page_url(route: str, *args: Any, query: Mapping[str, Any] | None = None, fragment: str = "") -> str:
    """The path of a page, with its query and the part of the page to show."""
    return f"{reverse(route, args=args)}{f'?{urlencode(query)}' if query else ''}{f'#{fragment}' if fragment else ''}"


def redirect_to(
    route: str, *args: Any, query: Mapping[str, Any] | None = None, fragment: str = ""
) -> HttpResponseRedirect:
    """Go to one of our own pages."""
    return HttpResponseRedirect(page_url(route, *args, query=query, fragment=fragment))
