"""A provider that speaks the OpenAI wire on loopback and behaves as the name of the model says. For tests and benches.

Models: `ok`, `slow:N` (N seconds before the first token), `tokens:N:seconds` (N tokens spread over that time),
`split-utf8`, `keepalive`, `late-usage`, `no-stream-options`, `error-midstream`, `hang`, `hang-midstream`,
`close-early`, `cut`, `huge-line`, `reasoning`, `think-tags`, `refusal`, `crlf`, `plain-json`, `html`, `redirect`,
`stale`, and any status such as `401`, `429`, `500`.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from botcafe.llm.fake_scripts import SCRIPTS, FakeReply, play_status

MODELS = ("ok", "reasoning", "think-tags", "tokens:20:1")
START_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request that reached the fake; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class FakeProvider:
    """`async with FakeProvider() as fake:` serves on 127.0.0.1 at a free port until the block is left."""

    def __init__(self) -> None:
        self.requests: list[SeenRequest] = []
        self.base_url = ""
        self.port = 0
        self._stopping = asyncio.Event()
        self._served: set[object] = set()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)

    @property
    def allowed(self) -> frozenset[str]:
        """The allow-list that lets the guard reach this fake."""
        return frozenset({f"127.0.0.1:{self.port}"})

    @property
    def open_sockets(self) -> int:
        """Connections that are open at this moment, idle ones included."""
        return len(self._runner.server.connections) if self._runner.server else 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        await self._runner.cleanup()

    @classmethod
    @contextmanager
    def in_thread(cls) -> Iterator["FakeProvider"]:
        """The same in a thread with an event loop of its own, for tests that are not asynchronous."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        fake = cls()
        asyncio.run_coroutine_threadsafe(fake.__aenter__(), loop).result(START_TIMEOUT_S)
        try:
            yield fake
        finally:
            asyncio.run_coroutine_threadsafe(fake.__aexit__(), loop).result(START_TIMEOUT_S)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(START_TIMEOUT_S)
            loop.close()

    async def _models(self, request: web.Request) -> web.Response:
        self._note(request, {})
        return web.json_response({"object": "list", "data": [{"id": name} for name in MODELS]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._note(request, body)
        model = str(body.get("model", "ok"))
        name, _, argument = model.partition(":")
        reply = FakeReply(request, body, argument, self._stopping, self._is_first(request))
        with suppress(ConnectionResetError):
            return await (SCRIPTS[name](reply) if name in SCRIPTS else play_status(reply, name))
        return reply.response

    def _is_first(self, request: web.Request) -> bool:
        known = request.transport in self._served
        self._served.add(request.transport)
        return not known

    def _note(self, request: web.Request, body: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(SeenRequest(request.method, request.path, headers, body))
