"""The RSGI application of the server: streams run on the event loop, other requests in threads (decision 0003)."""

import asyncio
import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botcafe.config.settings")


from django.conf import settings
from django.core.wsgi import get_wsgi_application

from botcafe.config.drain import Drain
from botcafe.kit.parent import end_with_parent
from botcafe.kit.telemetry.current_request import CurrentRequest

REFUSAL_HEADERS = [("content-type", "application/json"), ("retry-after", "2")]
RESTART_HEADERS = [*REFUSAL_HEADERS, ("connection", "close")]
RESTARTING = {"errors": [{"message": "The café is being restarted. Try again in a moment."}]}
STATIC_HEADERS = {"accept-encoding", "if-none-match"}
# How long a thread may keep the interpreter while the event loop waits.
SWITCH_SECONDS = 0.0005

# How rarely the collector walks through everything: each such walk holds up every stream.
GARBAGE = (20_000, 20, 100)

wsgi = get_wsgi_application()

# What follows needs the apps to be loaded.
from botcafe.api.http import sse
from botcafe.api.http.dispatch import answer_directly
from botcafe.api.http.refusals import refuse
from botcafe.api.openai import completions
from botcafe.chat.generation.service import SERVICE
from botcafe.config import health, metrics
from botcafe.config.answers import RecordedProtocol, answer_fault
from botcafe.config.bridge import Bridge
from botcafe.config.hosts import WRONG_HOST, came_by_https, hsts_headers, is_served_host, with_hsts
from botcafe.config.lanes import keep_to_one_core
from botcafe.config.route_names import describe_path
from botcafe.web.assets.answers import PREFIX, answer_static


def handler(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI handler: API requests go straight to their views, pages through Django's middleware."""
    if settings.HSTS and came_by_https(environ):
        start_response = with_hsts(start_response)
    if environ["PATH_INFO"].startswith(("/api", "/v1")):
        return answer_directly(environ, start_response)
    # A copy: the request may run again on another lane, and Django writes the decoded path into what it is given.
    return wsgi({**environ}, start_response)


async def _serve_static(scope: Any, protocol: RecordedProtocol) -> None:
    """Answer from memory; the first to ask for a file waits in a thread until it is read and packed."""
    asked = {name: value for name, value in scope.headers.items() if name in STATIC_HEADERS}
    answer = await asyncio.to_thread(answer_static, scope.method, scope.path, asked)
    headers = [*answer.headers, *hsts_headers(scope.headers)]
    protocol.response_bytes(answer.status, headers, answer.body)


class Application:
    """The RSGI application, one per worker process."""

    def __init__(self) -> None:
        is_sqlite = str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3")
        # SQLite has one writer, so a second thread would only wait for it.
        self.pages = Bridge(handler, threads=1 if is_sqlite else 2, largest_body=(settings.MAX_BODY_MB + 2) << 20)
        self.drain = Drain(SERVICE.drain, float(settings.DRAIN_SECONDS))

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set up the worker process."""
        sys.setswitchinterval(SWITCH_SECONDS)
        # Everything loaded at start is exempt from garbage collection, which would walk through it again and again.
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        keep_to_one_core()
        main = multiprocessing.parent_process()
        if main is not None and main.pid is not None:
            # A worker whose main process was killed would keep the port and its database locks.
            end_with_parent(main.pid, settings.DRAIN_SECONDS + 10)
        SERVICE.open(loop)
        metrics.open_metrics(self.pages.lanes)
        self.drain.take_over_signals(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for running replies before the process ends."""
        loop.run_until_complete(SERVICE.drain())

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Serve one request, or send it away while the process ends."""
        recorded = RecordedProtocol(protocol, CurrentRequest(scope.method, scope.path, describe_path))
        try:
            await self._serve(scope, recorded)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is logged and answered)
            answer_fault(recorded, error)
        finally:
            recorded.end()

    async def _serve(self, scope: Any, protocol: RecordedProtocol) -> None:
        if scope.path in health.PATHS:
            status, words = await health.answer(scope.path)
            protocol.response_bytes(status, health.HEADERS, words.encode())
            return
        if scope.path == metrics.PATH and settings.METRICS_TOKEN:
            await metrics.serve(scope, protocol)
            return
        if not is_served_host(scope):
            refuse(protocol, 400, WRONG_HOST)
            return
        if scope.path.startswith(PREFIX):
            await _serve_static(scope, protocol)
            return
        if SERVICE.is_draining:
            protocol.response_bytes(503, RESTART_HEADERS, orjson.dumps(RESTARTING))
            return
        found = sse.PATH.match(scope.path) if scope.method == "GET" else None
        with self.drain:
            if scope.path == completions.PATH and scope.method == "POST":
                await completions.serve(scope, protocol)
            elif found:
                await sse.serve(scope, protocol, found[1])
            else:
                await self.pages(scope, protocol, protocol.request)


app = Application()
