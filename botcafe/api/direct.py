"""The API without the layers that pages need: a request, its view, its answer."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import Http404, HttpResponse
from django.urls import resolve

from botcafe.api.http import reply
from botcafe.cms.rest import Answer

logger = logging.getLogger("botcafe.api")
BROKEN = {"errors": [{"message": "Something went wrong."}]}


def answer_directly(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application for everything below ``/api``."""
    close_old_connections()
    request = WSGIRequest(environ)
    response = _view(request)
    headers = [*response.items(), *(("Set-Cookie", c.OutputString()) for c in response.cookies.values())]
    start_response(f"{response.status_code} {response.reason_phrase}", headers)
    return [response.content]


def _view(request: WSGIRequest) -> HttpResponse:
    try:
        match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return reply(Answer(404, {"message": f'Route not found "{request.path}"'}))
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        return reply(Answer(500, BROKEN))
    return response
