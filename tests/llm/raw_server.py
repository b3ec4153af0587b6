"""A server of bare bytes on loopback: it says to each body exactly what a test wants on the line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

from botcafe.kit.secrets import SecretText
from botcafe.llm.protocol import Endpoint
from botcafe.llm.wire.transport import close_sessions
from tests.llm.helpers import KEY

Answer = Callable[[dict[str, Any]], bytes]


def answer(body: bytes, status: str = "200 OK", kind: str = "text/event-stream", **headers: str) -> bytes:
    """The bytes of an answer, to the end of its connection."""
    named = {"Content-Type": kind, "Connection": "close", **{k.replace("_", "-"): v for k, v in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def event(data: object) -> bytes:
    """One event of a stream."""
    return b"data: " + (data if isinstance(data, bytes) else orjson.dumps(data)) + b"\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk of a chat completion."""
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


SAID = (
    event(chunk({"content": "Good"}))
    + event(chunk({"content": " evening"}))
    + event(chunk({}, "stop", usage={"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}))
    + event(b"[DONE]")
)


@asynccontextmanager
async def saying(what: bytes | Answer) -> AsyncIterator[Endpoint]:
    """An endpoint where every call is answered so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
            body = orjson.loads(await reader.readexactly(size))
            writer.write(what if isinstance(what, bytes) else what(body))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        allowed = frozenset({f"127.0.0.1:{port}"})
        yield Endpoint(f"http://127.0.0.1:{port}/v1", SecretText(KEY), private_endpoints=allowed)
        await close_sessions()
