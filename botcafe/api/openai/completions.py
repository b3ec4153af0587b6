"""``POST /v1/chat/completions``: OpenAI's API, where a bot is a model. Answered in the event loop, outside Django's handlers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import orjson

from botcafe.api.http.endpoint import JsonAnswer
from botcafe.api.http.incoming import BodyLimit, BodyRefused, read_incoming
from botcafe.api.http.json_body import load_json
from botcafe.api.http.rsgi import RsgiProtocol, RsgiScope, RsgiTransport
from botcafe.api.http.sign_in_watch import WATCH
from botcafe.areas.accounts.access_tokens import UnknownTokenError, actor_from_access_token
from botcafe.areas.accounts.authentication import bearer_token
from botcafe.areas.accounts.leaving.gate import refuse_only_reading
from botcafe.chat.completions import Completion, read_completion_request
from botcafe.chat.generation.service import SERVICE
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, HasJson, TooLarge

PATH = "/v1/chat/completions"
MAX_BODY_BYTES = 16 << 20
ERROR_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
ERROR_CODES: dict[int, str | None] = {401: "invalid_api_key", 404: "model_not_found"}
# CORS is open: callers authenticate with a token, never with a cookie.
ALLOW_ANY_ORIGIN = ("access-control-allow-origin", "*")
JSON_HEADERS = [("content-type", "application/json"), ALLOW_ANY_ORIGIN]
STREAM_HEADERS = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache, no-transform"),
    ("x-accel-buffering", "no"),
    ALLOW_ANY_ORIGIN,
]


def error_body(
    status: int,
    message: str,
    codes: dict[int, str | None] = ERROR_CODES,
    notices: Sequence[HasJson] = (),
) -> bytes:
    """A refusal in OpenAI's shape, with what the person is told beside it."""
    kind = ERROR_TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    beside = {"notices": [each.as_json() for each in notices]} if notices else {}
    error = {"message": message, "type": kind, "param": None, "code": codes.get(status)}
    return orjson.dumps({"error": error, **beside})


async def serve(scope: RsgiScope, protocol: RsgiProtocol) -> None:
    """Answer one completion, streamed or whole."""
    try:
        actor = await _authenticate(scope)
        await SERVICE.run_in_database(limit_rate, "chat", str(actor.id))
        completion = Completion(actor, read_completion_request(await _read_json(scope, protocol)))
        await completion.open()
        sending = _Sending(protocol, completion)
        with WATCH.until_ended(actor) as revoked:
            await _send_while_wanted(sending, revoked)
    except ApiError as error:
        protocol.response_bytes(error.status, _refusal_headers(error), _refusal_body(error))


def _refusal_headers(error: ApiError) -> list[tuple[str, str]]:
    return [*JSON_HEADERS, ("retry-after", str(error.retry_after))] if error.retry_after else JSON_HEADERS


def _refusal_body(error: ApiError) -> bytes:
    # Clients repeat what is merely too fast: a limit of one's own has a code by which they can tell it.
    codes: dict[int, str | None] = {error.status: error.code} if error.retry_after else ERROR_CODES
    return error_body(error.status, error.message, codes, error.notices)


@dataclass
class _Sending:
    """An answer on its way. ``has_begun``: its status is out, and cannot be another."""

    protocol: RsgiProtocol
    completion: Completion
    has_begun: bool = False


async def _send_while_wanted(sending: _Sending, revoked: asyncio.Future[None]) -> None:
    """Send the answer; stop the model where the client disconnects, or the token no longer holds.

    A model may reason for minutes before its first token; without this it would go on, at a cost, with nobody to read it.
    """
    send = _send_stream if sending.completion.request.is_stream else _send_whole
    disconnect = asyncio.ensure_future(sending.protocol.client_disconnect())
    task = asyncio.ensure_future(send(sending))
    try:
        await asyncio.wait({disconnect, revoked, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        disconnect.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    if revoked.done() and not sending.has_begun:
        raise UnknownTokenError("This access token has run out, or was revoked.")


async def _authenticate(scope: RsgiScope) -> Actor:
    """The owner of the request's access token. Raises Unauthorized, and ConsentRequired."""
    token = bearer_token(scope.headers.get("authorization") or "")
    return await SERVICE.run_in_database(_actor_with_consent, token)


def _actor_with_consent(token: str) -> Actor:
    actor = actor_from_access_token(token, "chat")
    refuse_only_reading(actor)
    return actor


async def _read_json(scope: RsgiScope, protocol: RsgiProtocol) -> object:
    """The parsed body. Raises TooLarge, and BadRequest for what is not whole or not JSON."""
    try:
        body, _ = await read_incoming(scope, protocol, BodyLimit(MAX_BODY_BYTES, _is_known))
    except BodyRefused as refusal:
        raise (TooLarge if refusal.status == 413 else BadRequest)(refusal.message) from refusal
    with body:
        raw = body.read()
    try:
        return load_json(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error


async def _is_known() -> bool:
    # The token was read before the body is.
    return True


def _common_fields(completion: Completion, kind: str) -> JsonAnswer:
    return {
        "id": completion.id,
        "object": kind,
        "created": completion.created,
        "model": completion.request.model,
    }


async def _send_whole(sending: _Sending) -> None:
    completion = sending.completion
    text = "".join([piece async for piece in completion.pieces()])
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": completion.finish_reason}
    common = {**_common_fields(completion, "chat.completion"), **_notices(completion)}
    body = {**common, "choices": [choice], "usage": completion.usage()}
    sending.has_begun = True
    sending.protocol.response_bytes(200, JSON_HEADERS, orjson.dumps(body))


async def _send_stream(sending: _Sending) -> None:
    """Send chunks. The first piece is awaited before the headers, so that an early failure still gets a status."""
    completion = sending.completion
    async with aclosing(completion.pieces()) as pieces:
        first = await anext(pieces, "")
        sending.has_begun = True
        transport = sending.protocol.response_stream(200, STREAM_HEADERS)
        try:
            await _send_chunks(transport, completion, first, pieces)
        except ApiError as error:
            await transport.send_bytes(b"data: " + error_body(error.status, error.message) + b"\n\n")
        except (ConnectionError, RuntimeError):
            # The server raises these where the client has disconnected.
            return
        finally:
            # The server ends the response when nothing holds its transport any more.
            del transport


async def _send_chunks(
    transport: RsgiTransport, completion: Completion, first: str, pieces: AsyncIterator[str]
) -> None:
    await transport.send_bytes(_chunk(completion, {"role": "assistant", "content": first}, more=_notices(completion)))
    async for piece in pieces:
        await transport.send_bytes(_chunk(completion, {"content": piece}))
    await transport.send_bytes(_chunk(completion, {}, completion.finish_reason))
    if completion.request.has_usage:
        usage = {**_common_fields(completion, "chat.completion.chunk"), "choices": [], "usage": completion.usage()}
        await transport.send_bytes(_event(usage))
    await transport.send_bytes(b"data: [DONE]\n\n")


def _chunk(
    completion: Completion, delta: JsonAnswer, finish: str | None = None, more: JsonAnswer | None = None
) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event({**_common_fields(completion, "chat.completion.chunk"), **(more or {}), "choices": [choice]})


def _notices(completion: Completion) -> JsonAnswer:
    """Ours, beside OpenAI's fields, and only where there is something to tell."""
    notices = completion.notices()
    return {"notices": notices} if notices else {}


def _event(data: JsonAnswer) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\n\n"
