"""What the fake provider does under each model name: one short script each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

WORDS = ("Good", " evening,", " the", " café", " is", " open.")
READ_TOKENS = 11
HUGE_LINE_BYTES = 5 * 1024 * 1024
GAP_S = 0.004
SAID_BY_STATUS = {401: "invalid_api_key", 402: "insufficient_quota", 404: "model_not_found", 429: "rate_limit_exceeded"}


class FakeReply:
    """One reply in the making: the open response, and the shapes that the wire knows."""

    def __init__(
        self, request: web.Request, body: dict[str, Any], argument: str, stopping: asyncio.Event, is_first: bool
    ) -> None:
        self.request = request
        self.body = body
        self.argument = argument
        self.stopping = stopping
        self.is_first = is_first
        self.line_end = b"\n"
        self.response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})

    async def open(self) -> None:
        """Send the status line and the role, as providers do."""
        await self.response.prepare(self.request)
        await self.delta({"role": "assistant", "content": ""})

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        await self.response.write(data)

    async def event(self, payload: object) -> None:
        """Send one event."""
        await self.raw(b"data: " + orjson.dumps(payload) + self.line_end * 2)

    async def delta(self, delta: dict[str, Any], finish: str | None = None) -> None:
        """Send one chunk."""
        await self.event(self.chunk([{"index": 0, "delta": delta, "finish_reason": finish}]))

    def chunk(self, choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> dict[str, Any]:
        """A chunk in the wire's shape."""
        made = {"id": "fake-1", "object": "chat.completion.chunk", "model": self.body.get("model"), "choices": choices}
        return made if usage is None else {**made, "usage": usage}

    async def words(self, words: tuple[str, ...] = WORDS, field: str = "content") -> None:
        """Send words, one a chunk."""
        for word in words:
            await self.delta({field: word})

    async def end(self, written: int = len(WORDS), finish: str = "stop") -> web.StreamResponse:
        """Finish: the reason, the usage where it was asked for, the end mark."""
        await self.delta({}, finish)
        if (self.body.get("stream_options") or {}).get("include_usage"):
            await self.event(self.chunk([], {"prompt_tokens": READ_TOKENS, "completion_tokens": written}))
        await self.raw(b"data: [DONE]" + self.line_end * 2)
        await self.response.write_eof()
        return self.response

    async def wait(self, seconds: float | None = None) -> None:
        """Wait that long, or for ever; the end of the fake ends it."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise ConnectionResetError


Script = Callable[[FakeReply], Awaitable[web.StreamResponse]]


async def play_status(reply: FakeReply, name: str) -> web.StreamResponse:
    """Answer with the status that the model is named after; 404 for a name that means nothing. It echoes the key."""
    status = int(name) if name.isdigit() and 400 <= int(name) < 600 else 404
    key = reply.request.headers.get("Authorization", "").removeprefix("Bearer ")
    error = {"message": f"Status {status} for key {key}", "code": SAID_BY_STATUS.get(status, "fault"), "param": None}
    headers = {"Retry-After": "7"} if status == 429 else {}
    return web.json_response({"error": error}, status=status, headers=headers)


async def _ok(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words()
    return await reply.end()


async def _slow(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.wait(float(reply.argument))
    await reply.words()
    return await reply.end()


async def _tokens(reply: FakeReply) -> web.StreamResponse:
    count, _, seconds = reply.argument.partition(":")
    await reply.open()
    loop = asyncio.get_running_loop()
    begun, gap = loop.time(), float(seconds or 0) / max(int(count), 1)
    for number in range(int(count)):
        ahead = begun + number * gap - loop.time()
        if ahead > 0:
            await asyncio.sleep(ahead)
        await reply.delta({"content": f" t{number}"})
    return await reply.end(int(count))


async def _split_utf8(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.raw(b": one character, cut into its bytes\n")
    for byte in b"data: " + orjson.dumps(reply.chunk([{"index": 0, "delta": {"content": "naïve 茶 ☕"}}])):
        await reply.raw(bytes([byte]))
        if byte >= 0x80:
            await asyncio.sleep(GAP_S)
    await reply.raw(b"\n\n")
    return await reply.end()


async def _crlf(reply: FakeReply) -> web.StreamResponse:
    reply.line_end = b"\r\n"
    return await _ok(reply)


async def _keepalive(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    for word in WORDS:
        await reply.raw(b": still here\n\n")
        await asyncio.sleep(GAP_S)
        await reply.delta({"content": word})
    return await reply.end()


async def _no_stream_options(reply: FakeReply) -> web.StreamResponse:
    if "stream_options" in reply.body:
        error = {"message": "Unknown field: stream_options", "type": "invalid_request_error"}
        return web.json_response({"error": error}, status=400)
    return await _ok(reply)


async def _error_midstream(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words(WORDS[:2])
    await reply.event({"error": {"message": "The server is overloaded", "type": "overloaded_error", "code": 503}})
    await reply.response.write_eof()
    return reply.response


async def _hang(reply: FakeReply) -> web.StreamResponse:
    await reply.wait()
    return reply.response


async def _hang_midstream(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words(WORDS[:2])
    await reply.wait()
    return reply.response


async def _close_early(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words(WORDS[:3])
    await reply.response.write_eof()
    return reply.response


async def _cut(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words(WORDS[:3])
    await asyncio.sleep(GAP_S)
    return _hang_up(reply)


async def _stale(reply: FakeReply) -> web.StreamResponse:
    return await _ok(reply) if reply.is_first else _hang_up(reply)


def _hang_up(reply: FakeReply) -> web.StreamResponse:
    if reply.request.transport is not None:
        reply.request.transport.abort()
    raise ConnectionResetError


async def _huge_line(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words(WORDS[:1])
    await reply.delta({"content": "x" * HUGE_LINE_BYTES})
    return await reply.end()


async def _reasoning(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words(("Guests", " first."), "reasoning_content")
    await reply.words()
    return await reply.end()


async def _think_tags(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words(("<", "thi", "nk>", "Guests", " first.", "</th", "ink>", "\n\n", *WORDS))
    return await reply.end()


async def _refusal(reply: FakeReply) -> web.StreamResponse:
    await reply.open()
    await reply.words(("I can", "not help with that."), "refusal")
    return await reply.end()


async def _plain_json(reply: FakeReply) -> web.StreamResponse:
    choice = {"index": 0, "message": {"role": "assistant", "content": "".join(WORDS)}, "finish_reason": "stop"}
    usage = {"prompt_tokens": READ_TOKENS, "completion_tokens": len(WORDS)}
    return web.json_response(reply.chunk([choice], usage))


async def _html(reply: FakeReply) -> web.StreamResponse:
    return web.Response(text="<!doctype html><p>Welcome</p>", content_type="text/html")


async def _redirect(reply: FakeReply) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": "http://169.254.169.254/latest"})


SCRIPTS: dict[str, Script] = {
    "ok": _ok,
    "slow": _slow,
    "tokens": _tokens,
    "split-utf8": _split_utf8,
    "crlf": _crlf,
    "keepalive": _keepalive,
    "late-usage": _ok,
    "no-stream-options": _no_stream_options,
    "error-midstream": _error_midstream,
    "hang": _hang,
    "hang-midstream": _hang_midstream,
    "close-early": _close_early,
    "cut": _cut,
    "stale": _stale,
    "huge-line": _huge_line,
    "reasoning": _reasoning,
    "think-tags": _think_tags,
    "refusal": _refusal,
    "plain-json": _plain_json,
    "html": _html,
    "redirect": _redirect,
}
