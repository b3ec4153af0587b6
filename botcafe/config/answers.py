"""How each request is answered: noted in one place, whichever lane or stream answers it."""

import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import orjson
from django.conf import settings

from botcafe.api.http.dispatch import DATABASE_UNAVAILABLE, FAULT_HEADER, SERVER_ERROR
from botcafe.api.http.rsgi import Headers, RsgiProtocol, RsgiTransport
from botcafe.config.route_names import route_name
from botcafe.kit.db_errors import is_unreachable, report_outage
from botcafe.kit.telemetry.current_request import CurrentRequest
from botcafe.kit.telemetry.faults import fault_id
from botcafe.kit.telemetry.metrics import Counter, Gauge, Histogram

logger = logging.getLogger("botcafe.server")
request_logger = logging.getLogger("botcafe.requests")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
JSON_HEADERS = [("content-type", "application/json"), ("cache-control", "no-store")]
AWAY_HEADERS = [*JSON_HEADERS, ("retry-after", "2")]
REQUESTS = Counter("botcafe_http_requests", "Requests that were answered.", "method", "route", "status")
SECONDS = Histogram(
    "botcafe_http_request_seconds", "From a request to its answer, or to the first of a stream.", "route"
)
OPEN_STREAMS = Gauge("botcafe_streams_open", "Answers that are sent piece by piece, and have not ended.")


class RecordedProtocol:
    """The server's protocol object, which notes how the request was answered."""

    __slots__ = ("_inner", "is_stream", "request")

    def __init__(self, inner: RsgiProtocol, request: CurrentRequest) -> None:
        self._inner, self.request, self.is_stream = inner, request, False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._inner.__aiter__()

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer at once."""
        self._note(status)
        self._inner.response_bytes(status, headers, body)

    def response_stream(self, status: int, headers: Headers) -> RsgiTransport:
        """Begin an answer that comes in pieces."""
        self._note(status)
        self.is_stream = True
        OPEN_STREAMS.add(1)
        return self._inner.response_stream(status, headers)

    async def client_disconnect(self) -> None:
        """Return when the client has gone."""
        await self._inner.client_disconnect()

    def end(self) -> None:
        """The request is over."""
        if self.is_stream:
            OPEN_STREAMS.add(-1)

    def _note(self, status: int) -> None:
        request = self.request
        request.status = status
        if settings.METRICS_TOKEN:
            count_answer(request)
        if settings.LOG_REQUESTS:
            words = (request.method, request.shown_path, status, request.milliseconds)
            request_logger.info("%s %s %s in %s ms", *words, extra={"cafe_request": request})


def count_answer(request: CurrentRequest) -> None:
    """Count a request by its route."""
    route = route_name(request.path)
    REQUESTS.add(1, request.method if request.method in METHODS else "other", route, f"{request.status // 100}xx")
    SECONDS.observe(request.seconds, route)


def answer_fault(protocol: RecordedProtocol, error: Exception) -> None:
    """Log what broke, and answer 503 where the database is away, else 500; a stream that has begun just ends."""
    is_away = is_unreachable(error)
    if is_away:
        report_outage("a request", error)
    else:
        logger.error("a request failed", exc_info=error, extra={"cafe_request": protocol.request})
    status: int = 503 if is_away else 500
    body: Any = DATABASE_UNAVAILABLE if is_away else SERVER_ERROR
    headers = AWAY_HEADERS if is_away else [*JSON_HEADERS, (FAULT_HEADER.lower(), fault_id(error))]
    if not protocol.request.status:
        with suppress(RuntimeError):
            protocol.response_bytes(status, headers, orjson.dumps(body))
