"""Routes by name, for the log and for metrics: no words of people, no tokens, and never more of them than there are routes."""

import re

from django.http import Http404
from django.urls import ResolverMatch

from botcafe.api.http.dispatch import route_of
from botcafe.cms.schema.collection import find_collection

VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")
NO_ROUTE = "(none)"
# Of one collection: its slug, an id, and what is below it.
MAX_PARTS = 3
# Answered ahead of Django's routes.
OWN_PATHS = {"/healthz", "/readyz", "/metrics", "/v1/chat/completions", "/api/account/events"}
REPLY_EVENTS = re.compile(r"/api/generations/(\d{1,18})/events")


def route_name(path: str) -> str:
    """The route of a path, such as ``/api/conversation/<id>/turns``."""
    return _name_path(path, fill=False)


def describe_path(path: str) -> str:
    """The path itself as far as it is numbers, such as ``/api/conversation/12/turns``; other values by their name."""
    return _name_path(path, fill=True)


def _name_path(path: str, *, fill: bool) -> str:
    if path.startswith("/static/"):
        return "/static/"
    if path in OWN_PATHS:
        return path
    if REPLY_EVENTS.fullmatch(path):
        return path if fill else "/api/generations/<id>/events"
    try:
        match = route_of(path)
    except Http404:
        return NO_ROUTE
    if "(" not in match.route and "^" not in match.route:
        return "/" + VARIABLE.sub(lambda found: _write_variable(found, match, fill=fill), match.route)
    start = "/" + match.route.lstrip("^").partition("(")[0].rstrip("$")
    return start + _collection_path(path, fill=fill) if start == "/api/" else start


def _write_variable(found: re.Match[str], match: ResolverMatch, *, fill: bool) -> str:
    kind, name = found[1], found[2]
    value = match.kwargs.get(name)
    if fill and isinstance(value, int):
        return str(value)
    return "<id>" if kind in {"id", "int"} else f"<{name}>"


def _collection_path(path: str, *, fill: bool) -> str:
    slug, *rest = path.removeprefix("/api/").strip("/").split("/")[:MAX_PARTS]
    if find_collection(slug) is None:
        return NO_ROUTE
    shown = [(part if fill else "<id>") if part.isdecimal() and part.isascii() else "<name>" for part in rest]
    return "/".join([slug, *shown])
