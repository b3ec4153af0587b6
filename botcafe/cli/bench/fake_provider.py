"""A provider for ``bench chat``: speaks the wire of OpenAI on loopback, and remembers when it did what.

The model's name is ``tokens:COUNT:SECONDS``. ``GET /times`` tells for each request, by the last words of its prompt,
when it came and when its first token went out (seconds of the machine's monotonic clock, which all processes share).
"""

import asyncio
import sys
import time

from aiohttp import web

TIMES: dict[str, tuple[float, float]] = {}
CHUNK = b'data: {"choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}\n\n'
LAST_CHUNKS = (
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":4000,"completion_tokens":200,"total_tokens":4200}}\n\ndata: [DONE]\n\n'
)


async def stream_reply(request: web.Request) -> web.StreamResponse:
    """One reply, its tokens spread evenly."""
    came = time.monotonic()
    body = await request.json()
    _, count, seconds = body["model"].split(":")
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    pause = float(seconds) / int(count)
    for number in range(int(count)):
        await asyncio.sleep(max(0.0, came + pause * (number + 1) - time.monotonic()))
        if number == 0:
            TIMES[str(body["messages"][-1]["content"])] = (came, time.monotonic())
        await response.write(CHUNK)
    await response.write(LAST_CHUNKS)
    return response


async def report_times(request: web.Request) -> web.Response:
    """What it remembers."""
    return web.json_response(TIMES)


def main() -> None:
    """Serve at the port that the command names."""
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/v1/chat/completions", stream_reply)
    app.router.add_get("/times", report_times)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
