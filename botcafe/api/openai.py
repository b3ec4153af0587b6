"""OpenAI's API, spoken to the server itself: ``POST /v1/chat/completions``, where a bot is a model."""

import asyncio
from typing import Any

import orjson

from botcafe.areas.accounts.access_tokens import actor_of_access_token
from botcafe.chat.completions import Completion, Wanted, read_request
from botcafe.chat.hub import HUB
from botcafe.cms.actor import Actor
from botcafe.cms.errors import ApiError, BadRequest
from botcafe.cms.limits import limit

PATH = "/v1/chat/completions"
LARGEST_BODY = 16 << 20
TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
HEADERS = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache, no-transform"),
    ("x-accel-buffering", "no"),
]


def error_body(status: int, message: str, param: str | None = None) -> bytes:
    """A refusal in OpenAI's shape."""
    kind = TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    code = {401: "invalid_api_key", 404: "model_not_found"}.get(status)
    return orjson.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}})


def token_in(authorization: str) -> str:
    """The token of a Bearer header; empty for none."""
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def serve(scope: Any, protocol: Any) -> None:
    """Answer one completion, streamed or whole."""
    try:
        completion = Completion(*await _read(scope, protocol))
        await completion.open()
        if completion.wanted.is_stream:
            await _stream(protocol, completion)
        else:
            await _whole(protocol, completion)
    except ApiError as error:
        body = error_body(error.status, error.message)
        protocol.response_bytes(error.status, [("content-type", "application/json")], body)


async def _read(scope: Any, protocol: Any) -> tuple[Actor, Wanted]:
    actor = await HUB.in_database(actor_of_access_token, token_in(scope.headers.get("authorization") or ""), "chat")
    limit("chat", str(actor.id))
    size = scope.headers.get("content-length") or "0"
    raw = b"" if size.isdecimal() and int(size) > LARGEST_BODY else await protocol()
    if not raw or len(raw) > LARGEST_BODY:
        raise BadRequest(f"The body must be a JSON object of at most {LARGEST_BODY >> 20} MB.")
    try:
        return actor, read_request(orjson.loads(raw))
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error


def _head(completion: Completion, kind: str) -> dict[str, Any]:
    return {
        "id": completion.id,
        "object": kind,
        "created": completion.created,
        "model": completion.wanted.model,
    }


async def _whole(protocol: Any, completion: Completion) -> None:
    gone = asyncio.ensure_future(protocol.client_disconnect())
    writing = asyncio.ensure_future(_joined(completion))
    await asyncio.wait({gone, writing}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not writing.done():
        writing.cancel()
        return
    message = {"role": "assistant", "content": writing.result(), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": completion.finish_reason}
    body = {**_head(completion, "chat.completion"), "choices": [choice], "usage": completion.usage()}
    protocol.response_bytes(200, [("content-type", "application/json")], orjson.dumps(body))


async def _joined(completion: Completion) -> str:
    return "".join([piece async for piece in completion.pieces()])


async def _stream(protocol: Any, completion: Completion) -> None:
    """The first words decide: what fails before them is an answer with a status."""
    pieces = completion.pieces()
    first = await anext(pieces, "")
    transport = protocol.response_stream(200, HEADERS)
    gone = asyncio.ensure_future(protocol.client_disconnect())
    try:
        await transport.send_bytes(_chunk(completion, {"role": "assistant", "content": first}))
        async for piece in pieces:
            if gone.done():
                return
            await transport.send_bytes(_chunk(completion, {"content": piece}))
        await transport.send_bytes(_chunk(completion, {}, completion.finish_reason))
        if completion.wanted.has_usage:
            await transport.send_bytes(
                _event({**_head(completion, "chat.completion.chunk"), "choices": [], "usage": completion.usage()})
            )
        await transport.send_bytes(b"data: [DONE]\n\n")
    except ApiError as error:
        await transport.send_bytes(b"data: " + error_body(error.status, error.message) + b"\n\n")
    except (ConnectionError, RuntimeError):
        return
    finally:
        del transport
        gone.cancel()
        await pieces.aclose()  # type: ignore[attr-defined]


def _chunk(completion: Completion, delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event({**_head(completion, "chat.completion.chunk"), "choices": [choice]})


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\n\n"
