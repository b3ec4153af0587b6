"""A WSGI application for the API, without Django's middleware: faster, and it retries lost deadlocks."""

import logging
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import ResolverMatch, resolve

from botcafe.api.http.requests import json_response
from botcafe.cms.db.commits import committed_transactions
from botcafe.cms.db.sql import database_vendor
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.schema.errors import BadRequest
from botcafe.kit.db_errors import is_missing_reference, is_retryable, is_unreachable, report_outage
from botcafe.kit.telemetry.faults import fault_id

logger = logging.getLogger("botcafe.api")
MAX_ATTEMPTS = 3
MAX_CACHED_PATH = 300
# What to look for in the log.
FAULT_HEADER = "X-Fault"
# What Django raises of a request that it will not read, wherever its fields are first asked for.
UNREADABLE = (SuspiciousOperation, MultiPartParserError)
SERVER_ERROR = {"errors": [{"message": "Something went wrong."}]}
DATABASE_UNAVAILABLE = {
    "errors": [{"message": "The café cannot store or find anything just now. Try again in a moment."}]
}


def answer_directly(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application for everything below ``/api``."""
    # SQLite's connection never goes stale, and opening the file anew costs more than a small request.
    if database_vendor() != "sqlite":
        close_old_connections()
    response = _respond(environ)
    headers = [*response.items(), *(("Set-Cookie", c.OutputString()) for c in response.cookies.values())]
    start_response(f"{response.status_code} {response.reason_phrase}", headers)
    return response if isinstance(response, StreamingHttpResponse) else [response.content]


def route_of(path: str) -> ResolverMatch:
    """The view of a path; Http404 for none. Routes do not change while the program runs."""
    # Paths come from clients: what the cache keeps must be bounded in size too.
    return _cached_route(path) if len(path) <= MAX_CACHED_PATH else resolve(path)


@lru_cache(maxsize=4096)
def _cached_route(path: str) -> ResolverMatch:
    return resolve(path)


def _respond(environ: dict[str, Any]) -> HttpResponse | StreamingHttpResponse:
    """The response of the view; tried again where its first transaction lost a deadlock."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        # A copy: Django writes the decoded path into it, which could not be decoded once more.
        request = WSGIRequest({**environ})
        committed = committed_transactions()
        try:
            return _call_view(request)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is logged and answered)
            # Once a transaction of the request is committed, only the view itself may repeat the one that failed.
            is_untouched = committed_transactions() == committed
            # What was deleted between its check and the commit is missed by the check the next time, in words.
            may_succeed = is_retryable(error) or is_missing_reference(error)
            if attempt == MAX_ATTEMPTS or not is_untouched or not may_succeed:
                return _server_error(error)
        # The body was read by the attempt before; it is in memory, so it can be read again.
        environ["wsgi.input"].seek(0)
    raise AssertionError("the last attempt answers")


def _server_error(error: Exception) -> HttpResponse:
    if is_unreachable(error):
        report_outage("a request", error)
        answer = json_response(ApiResponse(503, DATABASE_UNAVAILABLE))
        answer["Retry-After"] = "2"
        return answer
    if isinstance(error, UNREADABLE):
        return json_response(ApiResponse(400, BadRequest("The request cannot be read: it has too many fields.").body()))
    logger.error("a request failed", exc_info=error)
    answer = json_response(ApiResponse(500, SERVER_ERROR))
    answer[FAULT_HEADER] = fault_id(error)
    return answer


def _call_view(request: WSGIRequest) -> HttpResponse | StreamingHttpResponse:
    try:
        match = route_of(request.path_info)
        response: HttpResponse | StreamingHttpResponse = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return json_response(ApiResponse(404, {"message": f'Route not found "{request.path}"'}))
    return response
