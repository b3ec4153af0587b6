"""What the fake provider does under each model name: one short script each, the same in all three protocols."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import orjson
from aiohttp import web

from botcafe.llm.fake.wires import READ_TOKENS, FakeWire

WORDS = ("Good", " evening,", " the", " café", " is", " open.")
SAID = "".join(WORDS)
HUGE_LINE_BYTES = 5 * 1024 * 1024
LONG_LINE_BYTES = 1024 * 1024
GAP_S = 0.004
LIES = {"negative": -5, "absurd": 10**15, "strings": "many", "fractions": 1.5, "true": True}
CACHED_TOKENS = 7

Script = Callable[[FakeWire], Awaitable[web.StreamResponse]]


async def play(reply: FakeWire) -> web.StreamResponse:
    """What the name of the model says; a status, or 404 for a name that means nothing."""
    name = reply.model.partition(":")[0]
    return await (SCRIPTS[name](reply) if name in SCRIPTS else _status(reply, name))


async def _status(reply: FakeWire, name: str) -> web.StreamResponse:
    """The key is echoed, as careless servers do."""
    status = int(name) if name.isdigit() and 400 <= int(name) < 600 else 404
    return reply.failure(status, f"Status {status} for key {reply.key}")


async def _ok(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS)
    return await reply.end()


async def _say(reply: FakeWire) -> web.StreamResponse:
    """Whatever stands behind the colon."""
    await reply.open()
    await reply.words(reply.argument)
    return await reply.end()


async def _slow(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.wait(float(reply.argument))
    await reply.words(*WORDS)
    return await reply.end()


async def _tokens(reply: FakeWire) -> web.StreamResponse:
    count, _, seconds = reply.argument.partition(":")
    await reply.open()
    loop = asyncio.get_running_loop()
    begun, gap = loop.time(), float(seconds or 0) / max(int(count), 1)
    for number in range(int(count)):
        ahead = begun + number * gap - loop.time()
        if ahead > 0:
            await asyncio.sleep(ahead)
        await reply.words(f" t{number}")
    return await reply.end(int(count))


async def _split_utf8(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.raw(b": one character, cut into its bytes\n")
    for byte in b"data: " + orjson.dumps(reply.text("naïve 茶 ☕")):
        await reply.raw(bytes([byte]))
        if byte >= 0x80:
            await asyncio.sleep(GAP_S)
    await reply.raw(b"\n\n")
    return await reply.end()


async def _crlf(reply: FakeWire) -> web.StreamResponse:
    reply.line_end = b"\r\n"
    return await _ok(reply)


async def _keepalive(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    for word in WORDS:
        await reply.ping()
        await asyncio.sleep(GAP_S)
        await reply.words(word)
    return await reply.end()


async def _pings(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    while True:
        await reply.ping()
        await reply.wait(GAP_S)


async def _missing_usage(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS)
    return await reply.end(None, read=None)


async def _lying_usage(reply: FakeWire) -> web.StreamResponse:
    lie = LIES[reply.argument or "negative"]
    await reply.open()
    await reply.words(*WORDS)
    return await reply.end(lie, read=lie)


async def _cached(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS)
    for payload in reply.closing("stop", reply.counts(READ_TOKENS, len(WORDS), CACHED_TOKENS)):
        await reply.event(payload)
    return await reply.eof()


async def _length(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS)
    return await reply.end(finish="length")


async def _no_stream_options(reply: FakeWire) -> web.StreamResponse:
    if "stream_options" in reply.body:
        return reply.failure(400, "Unknown field: stream_options")
    return await _ok(reply)


async def _without(reply: FakeWire) -> web.StreamResponse:
    """`without:a,b` refuses any of these names in the body."""
    for name in reply.argument.split(","):
        if name in _names(reply.body):
            return reply.failure(400, f"Unsupported parameter: '{name}' is not supported with this model.")
    return await _ok(reply)


async def _no_prefill(reply: FakeWire) -> web.StreamResponse:
    turns = reply.body.get("messages") or reply.body.get("contents") or [{}]
    if turns[-1].get("role") in ("assistant", "model"):
        return reply.failure(400, "This model does not support assistant message prefill.")
    return await _ok(reply)


async def _adaptive(reply: FakeWire) -> web.StreamResponse:
    if "budget_tokens" in _names(reply.body):
        return reply.failure(
            400, '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive".'
        )
    return await _ok(reply)


async def _bad_key(reply: FakeWire) -> web.StreamResponse:
    """Google refuses a wrong key with 400."""
    status = 400 if reply.key_header == "x-goog-api-key" else 401
    return reply.failure(status, f"API key not valid. Please pass a valid API key. {reply.key}")


async def _too_long(reply: FakeWire) -> web.StreamResponse:
    said = {
        "Authorization": "This model's maximum context length is 8192 tokens.",
        "x-api-key": "prompt is too long: 210000 tokens > 200000 maximum",
        "x-goog-api-key": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    }
    return reply.failure(400, said[reply.key_header])


async def _no_credit(reply: FakeWire) -> web.StreamResponse:
    return reply.failure(400, "Your credit balance is too low to access the API.")


async def _error_midstream(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS[:2])
    status = 529 if reply.key_header == "x-api-key" else 503
    await reply.event(reply.error(status, "The server is overloaded"))
    return await reply.eof()


async def _hang(reply: FakeWire) -> web.StreamResponse:
    await reply.wait()
    return reply.response


async def _hang_midstream(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS[:2])
    await reply.wait()
    return reply.response


async def _close_early(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS[:3])
    return await reply.eof()


async def _empty(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    return await reply.end(0)


async def _cut(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS[:3])
    await asyncio.sleep(GAP_S)
    return _hang_up(reply)


async def _stale(reply: FakeWire) -> web.StreamResponse:
    return await _ok(reply) if reply.is_first else _hang_up(reply)


def _hang_up(reply: FakeWire) -> web.StreamResponse:
    if reply.request.transport is not None:
        reply.request.transport.abort()
    raise ConnectionResetError


async def _huge_line(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(WORDS[0], "x" * HUGE_LINE_BYTES)
    return await reply.end()


async def _long_line(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words("x" * LONG_LINE_BYTES)
    return await reply.end()


async def _no_json(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words(*WORDS[:2])
    await reply.raw(b"data: {not json\n\n")
    return await reply.end()


async def _reasoning(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.thoughts("Guests", " first.")
    await reply.words(*WORDS)
    return await reply.end()


async def _wordless(reply: FakeWire) -> web.StreamResponse:
    """All of its length goes into thinking."""
    await reply.open()
    await reply.thoughts("Guests", " first.")
    return await reply.end(4, finish="length")


async def _thoughts(reply: FakeWire) -> web.StreamResponse:
    """`thoughts:N:seconds` thinks so long before it speaks."""
    count, _, seconds = reply.argument.partition(":")
    await reply.open()
    for number in range(int(count)):
        await reply.thoughts(f" t{number}")
        await asyncio.sleep(float(seconds) / int(count))
    await reply.words(*WORDS)
    return await reply.end()


async def _think_tags(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    await reply.words("<", "thi", "nk>", "Guests", " first.", "</th", "ink>", "\n\n", *WORDS)
    return await reply.end()


async def _refusal(reply: FakeWire) -> web.StreamResponse:
    await reply.open()
    for payload in reply.refusal():
        await reply.event(payload)
    return await reply.eof()


async def _filtered(reply: FakeWire) -> web.StreamResponse:
    """`filtered` says nothing, `filtered:late` stops in mid-reply."""
    await reply.open()
    if reply.argument:
        await reply.words(*WORDS[:3])
    return await reply.end(finish="filter")


async def _plain_json(reply: FakeWire) -> web.StreamResponse:
    return web.json_response(reply.whole(SAID))


async def _html(reply: FakeWire) -> web.StreamResponse:
    return web.Response(text="<!doctype html><p>Welcome</p>", content_type="text/html")


async def _redirect(reply: FakeWire) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": "http://169.254.169.254/latest"})


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _names(inner)


SCRIPTS: dict[str, Script] = {
    "ok": _ok,
    "say": _say,
    "slow": _slow,
    "tokens": _tokens,
    "split-utf8": _split_utf8,
    "crlf": _crlf,
    "keepalive": _keepalive,
    "pings": _pings,
    "late-usage": _ok,
    "missing-usage": _missing_usage,
    "lying-usage": _lying_usage,
    "cached": _cached,
    "length": _length,
    "no-stream-options": _no_stream_options,
    "without": _without,
    "no-prefill": _no_prefill,
    "adaptive": _adaptive,
    "bad-key": _bad_key,
    "too-long": _too_long,
    "no-credit": _no_credit,
    "error-midstream": _error_midstream,
    "hang": _hang,
    "hang-midstream": _hang_midstream,
    "close-early": _close_early,
    "empty": _empty,
    "cut": _cut,
    "stale": _stale,
    "huge-line": _huge_line,
    "long-line": _long_line,
    "no-json": _no_json,
    "reasoning": _reasoning,
    "wordless": _wordless,
    "thoughts": _thoughts,
    "think-tags": _think_tags,
    "refusal": _refusal,
    "filtered": _filtered,
    "plain-json": _plain_json,
    "html": _html,
    "redirect": _redirect,
}
