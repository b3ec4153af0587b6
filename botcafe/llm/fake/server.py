"""A fake provider for tests: speaks three protocols on loopback and behaves as the model's name says.

Under one base address: OpenAI's `chat/completions`, Anthropic's `messages`, Google's `models/NAME:streamGenerateContent`,
and the list of models of each, told apart by the headers. Models:

    ok  plain-json  crlf  keepalive  split-utf8  long-line (1 MB)  reasoning  think-tags  length  empty  wordless
    thoughts:N:seconds (N pieces of thinking spread over that time, then the words)
    slow:N (N seconds before the first token)  tokens:N:seconds (N tokens spread over that time)
    late-usage  missing-usage  cached  prompt-tokens:N (reports N tokens read)
    lying-usage:KIND (negative, absurd, strings, fractions, true)
    hang  hang-midstream  pings (for ever)  close-early  cut  stale  error-midstream  no-json  huge-line (5 MB)
    refusal  filtered  filtered:late  too-long  bad-key  no-credit  html  redirect
    no-stream-options  without:NAME,NAME (refuses these in the body)  no-prefill  adaptive
    any status: 401  402  403  404  429 (wait 7 seconds)  500  529 ...
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from botcafe.kit.json_types import JsonObject
from botcafe.llm.fake.model_lists import MODELS, answer_model_list
from botcafe.llm.fake.scripts import play_script
from botcafe.llm.fake.wires import FakeAnthropicWire, FakeGoogleWire, FakeOpenAIWire, FakeWire

MAX_RECORDED = 2000
START_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request that reached the fake; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: JsonObject
    query: dict[str, str]


class FakeProvider:
    """`async with FakeProvider() as fake:` serves on 127.0.0.1 at a free port until the block is left.

    `requests` holds the last of what came, oldest first. `models` are the names that are listed; `listing` is how:
    `ok`, `endless`, `huge`, `html`, `rows` for a bare list, or a status.
    """

    def __init__(self) -> None:
        self.requests: list[RecordedRequest] = []
        self.models: tuple[str, ...] = MODELS
        self.listing = "ok"
        self.base_url = ""
        self.port = 0
        self._stopping = asyncio.Event()
        self._served: set[object] = set()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._answer_openai)
        app.router.add_post("/v1/messages", self._answer_anthropic)
        app.router.add_post("/v1/models/{model}:streamGenerateContent", self._answer_google)
        app.router.add_get("/v1/models", self._answer_list)
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

    async def _answer_list(self, request: web.Request) -> web.StreamResponse:
        self._record_request(request, {})
        return answer_model_list(request, self.models, self.listing)

    async def _answer_openai(self, request: web.Request) -> web.StreamResponse:
        return await self._answer_chat(FakeOpenAIWire, request)

    async def _answer_anthropic(self, request: web.Request) -> web.StreamResponse:
        return await self._answer_chat(FakeAnthropicWire, request)

    async def _answer_google(self, request: web.Request) -> web.StreamResponse:
        return await self._answer_chat(FakeGoogleWire, request)

    async def _answer_chat(self, kind: type[FakeWire], request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._record_request(request, body)
        model = request.match_info.get("model") or str(body.get("model", "ok"))
        # "stale" models drop every connection but a new one, so it matters whether this one was used before.
        reply = kind(request, body, model, self._stopping, self._is_first(request))
        with suppress(ConnectionResetError):
            return await play_script(reply)
        return reply.response

    def _is_first(self, request: web.Request) -> bool:
        known = request.transport in self._served
        self._served.add(request.transport)
        return not known

    def _record_request(self, request: web.Request, body: JsonObject) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(RecordedRequest(request.method, request.path, headers, body, dict(request.query)))
        del self.requests[:-MAX_RECORDED]
