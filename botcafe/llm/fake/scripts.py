"""The scripted behaviour of the fake provider for each model name, the same in all three protocols."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import orjson
from aiohttp import web

from botcafe.llm.fake.wires import READ_TOKENS, FakeWire

WORDS = ("Good", " evening,", " the", " café", " is", " open.")
FULL_TEXT = "".join(WORDS)
HUGE_LINE_BYTES = 5 * 1024 * 1024
LONG_LINE_BYTES = 1024 * 1024
GAP_S = 0.004
LIES = {"negative": -5, "absurd": 10**15, "strings": "many", "fractions": 1.5, "true": True}
CACHED_TOKENS = 7

Script = Callable[[FakeWire], Awaitable[web.StreamResponse]]


async def play_script(reply: FakeWire) -> web.StreamResponse:
    """Play the script of the model's name; a number is answered with that status, an unknown name with 404."""
    name = reply.model.partition(":")[0]
    return await (SCRIPTS[name](reply) if name in SCRIPTS else _play_status(reply, name))


async def _play_status(reply: FakeWire, name: str) -> web.StreamResponse:
    """Answer with a status, echoing the key as careless servers do."""
    status = int(name) if name.isdigit() and 400 <= int(name) < 600 else 404
    return reply.error_response(status, f"Status {status} for key {reply.key}")


async def _play_ok(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS)
    return await reply.finish_stream()


async def _play_say(reply: FakeWire) -> web.StreamResponse:
    """Whatever stands behind the colon."""
    await reply.open_stream()
    await reply.send_words(reply.argument)
    return await reply.finish_stream()


async def _play_slow(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.pause(float(reply.argument))
    await reply.send_words(*WORDS)
    return await reply.finish_stream()


async def _play_tokens(reply: FakeWire) -> web.StreamResponse:
    count, _, seconds = reply.argument.partition(":")
    await reply.open_stream()
    loop = asyncio.get_running_loop()
    begun, gap = loop.time(), float(seconds or 0) / max(int(count), 1)
    for number in range(int(count)):
        # Against the clock and not by fixed sleeps, whose errors would add up.
        ahead = begun + number * gap - loop.time()
        if ahead > 0:
            await asyncio.sleep(ahead)
        await reply.send_words(f" t{number}")
    return await reply.finish_stream(int(count))


async def _play_split_utf8(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_bytes(b": one character, cut into its bytes\n")
    for byte in b"data: " + orjson.dumps(reply.text_event("naïve 茶 ☕")):
        await reply.send_bytes(bytes([byte]))
        # A pause inside a character makes the client receive it in two chunks.
        if byte >= 0x80:
            await asyncio.sleep(GAP_S)
    await reply.send_bytes(b"\n\n")
    return await reply.finish_stream()


async def _play_crlf(reply: FakeWire) -> web.StreamResponse:
    reply.line_end = b"\r\n"
    return await _play_ok(reply)


async def _play_keepalive(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    for word in WORDS:
        await reply.send_ping()
        await asyncio.sleep(GAP_S)
        await reply.send_words(word)
    return await reply.finish_stream()


async def _play_pings(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    while True:
        await reply.send_ping()
        await reply.pause(GAP_S)


async def _play_missing_usage(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS)
    return await reply.finish_stream(None, read=None)


async def _play_prompt_tokens(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS)
    return await reply.finish_stream(len(WORDS), read=int(reply.argument))


async def _play_lying_usage(reply: FakeWire) -> web.StreamResponse:
    lie = LIES[reply.argument or "negative"]
    await reply.open_stream()
    await reply.send_words(*WORDS)
    return await reply.finish_stream(lie, read=lie)


async def _play_cached(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS)
    for payload in reply.closing_events("stop", reply.usage_counts(READ_TOKENS, len(WORDS), CACHED_TOKENS)):
        await reply.send_event(payload)
    return await reply.close_stream()


async def _play_length(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS)
    return await reply.finish_stream(finish="length")


async def _play_no_stream_options(reply: FakeWire) -> web.StreamResponse:
    if "stream_options" in reply.body:
        return reply.error_response(400, "Unknown field: stream_options")
    return await _play_ok(reply)


async def _play_without(reply: FakeWire) -> web.StreamResponse:
    """`without:a,b` refuses any of these names in the body."""
    for name in reply.argument.split(","):
        if name in _keys_in(reply.body):
            return reply.error_response(400, f"Unsupported parameter: '{name}' is not supported with this model.")
    return await _play_ok(reply)


async def _play_no_prefill(reply: FakeWire) -> web.StreamResponse:
    turns = reply.body.get("messages") or reply.body.get("contents") or [{}]
    if turns[-1].get("role") in ("assistant", "model"):
        return reply.error_response(400, "This model does not support assistant message prefill.")
    return await _play_ok(reply)


async def _play_adaptive(reply: FakeWire) -> web.StreamResponse:
    if "budget_tokens" in _keys_in(reply.body):
        return reply.error_response(
            400, '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive".'
        )
    return await _play_ok(reply)


async def _play_bad_key(reply: FakeWire) -> web.StreamResponse:
    """Google refuses a wrong key with 400."""
    status = 400 if reply.key_header == "x-goog-api-key" else 401
    return reply.error_response(status, f"API key not valid. Please pass a valid API key. {reply.key}")


async def _play_too_long(reply: FakeWire) -> web.StreamResponse:
    said = {
        "Authorization": "This model's maximum context length is 8192 tokens.",
        "x-api-key": "prompt is too long: 210000 tokens > 200000 maximum",
        "x-goog-api-key": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    }
    return reply.error_response(400, said[reply.key_header])


async def _play_no_credit(reply: FakeWire) -> web.StreamResponse:
    return reply.error_response(400, "Your credit balance is too low to access the API.")


async def _play_error_midstream(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS[:2])
    # Anthropic has a status of its own for overload.
    status = 529 if reply.key_header == "x-api-key" else 503
    await reply.send_event(reply.error_object(status, "The server is overloaded"))
    return await reply.close_stream()


async def _play_hang(reply: FakeWire) -> web.StreamResponse:
    await reply.pause()
    return reply.response


async def _play_hang_midstream(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS[:2])
    await reply.pause()
    return reply.response


async def _play_close_early(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS[:3])
    return await reply.close_stream()


async def _play_empty(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    return await reply.finish_stream(0)


async def _play_cut(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS[:3])
    await asyncio.sleep(GAP_S)
    return _hang_up(reply)


async def _play_stale(reply: FakeWire) -> web.StreamResponse:
    return await _play_ok(reply) if reply.is_first else _hang_up(reply)


def _hang_up(reply: FakeWire) -> web.StreamResponse:
    if reply.request.transport is not None:
        reply.request.transport.abort()
    raise ConnectionResetError


async def _play_huge_line(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(WORDS[0], "x" * HUGE_LINE_BYTES)
    return await reply.finish_stream()


async def _play_long_line(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words("x" * LONG_LINE_BYTES)
    return await reply.finish_stream()


async def _play_no_json(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words(*WORDS[:2])
    await reply.send_bytes(b"data: {not json\n\n")
    return await reply.finish_stream()


async def _play_reasoning(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_reasoning("Guests", " first.")
    await reply.send_words(*WORDS)
    return await reply.finish_stream()


async def _play_wordless(reply: FakeWire) -> web.StreamResponse:
    """All of its length goes into thinking."""
    await reply.open_stream()
    await reply.send_reasoning("Guests", " first.")
    return await reply.finish_stream(4, finish="length")


async def _play_thoughts(reply: FakeWire) -> web.StreamResponse:
    """`thoughts:N:seconds` thinks so long before it speaks."""
    count, _, seconds = reply.argument.partition(":")
    await reply.open_stream()
    for number in range(int(count)):
        await reply.send_reasoning(f" t{number}")
        await asyncio.sleep(float(seconds) / int(count))
    await reply.send_words(*WORDS)
    return await reply.finish_stream()


async def _play_think_tags(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    await reply.send_words("<", "thi", "nk>", "Guests", " first.", "</th", "ink>", "\n\n", *WORDS)
    return await reply.finish_stream()


async def _play_refusal(reply: FakeWire) -> web.StreamResponse:
    await reply.open_stream()
    for payload in reply.refusal_events():
        await reply.send_event(payload)
    return await reply.close_stream()


async def _play_filtered(reply: FakeWire) -> web.StreamResponse:
    """`filtered` says nothing, `filtered:late` stops in mid-reply."""
    await reply.open_stream()
    if reply.argument:
        await reply.send_words(*WORDS[:3])
    return await reply.finish_stream(finish="filter")


async def _play_plain_json(reply: FakeWire) -> web.StreamResponse:
    return web.json_response(reply.whole_reply(FULL_TEXT))


async def _play_html(reply: FakeWire) -> web.StreamResponse:
    return web.Response(text="<!doctype html><p>Welcome</p>", content_type="text/html")


async def _play_redirect(reply: FakeWire) -> web.StreamResponse:
    # The metadata address of cloud machines: following the redirect would leak credentials.
    return web.Response(status=307, headers={"Location": "http://169.254.169.254/latest"})


def _keys_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _keys_in(inner)


SCRIPTS: dict[str, Script] = {
    "ok": _play_ok,
    "say": _play_say,
    "slow": _play_slow,
    "tokens": _play_tokens,
    "split-utf8": _play_split_utf8,
    "crlf": _play_crlf,
    "keepalive": _play_keepalive,
    "pings": _play_pings,
    "late-usage": _play_ok,
    "missing-usage": _play_missing_usage,
    "prompt-tokens": _play_prompt_tokens,
    "lying-usage": _play_lying_usage,
    "cached": _play_cached,
    "length": _play_length,
    "no-stream-options": _play_no_stream_options,
    "without": _play_without,
    "no-prefill": _play_no_prefill,
    "adaptive": _play_adaptive,
    "bad-key": _play_bad_key,
    "too-long": _play_too_long,
    "no-credit": _play_no_credit,
    "error-midstream": _play_error_midstream,
    "hang": _play_hang,
    "hang-midstream": _play_hang_midstream,
    "close-early": _play_close_early,
    "empty": _play_empty,
    "cut": _play_cut,
    "stale": _play_stale,
    "huge-line": _play_huge_line,
    "long-line": _play_long_line,
    "no-json": _play_no_json,
    "reasoning": _play_reasoning,
    "wordless": _play_wordless,
    "thoughts": _play_thoughts,
    "think-tags": _play_think_tags,
    "refusal": _play_refusal,
    "filtered": _play_filtered,
    "plain-json": _play_plain_json,
    "html": _play_html,
    "redirect": _play_redirect,
}
