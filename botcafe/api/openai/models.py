"""OpenAI's API besides completions: ``GET /v1/models``, ``POST /v1/embeddings``."""

import base64
import struct
from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from botcafe.api.http.endpoint import JsonAnswer
from botcafe.api.http.json_body import load_json
from botcafe.api.openai.completions import ALLOW_ANY_ORIGIN, error_body
from botcafe.areas.accounts.access_tokens import actor_from_access_token
from botcafe.areas.accounts.authentication import bearer_token
from botcafe.areas.accounts.leaving.gate import refuse_only_reading
from botcafe.areas.companions.bots.queries import bots_chatted_with
from botcafe.chat.completions import unknown_model_error
from botcafe.chat.vectors import embed_texts
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest
from botcafe.kit.instants import to_epoch
from botcafe.kit.json_types import JsonObject
from botcafe.kit.lanes import QUICK, SLOW, RouteTraits, with_traits

ROUTES = ("POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/{id}", "POST /v1/embeddings")
PATHS = ("/v1/chat/completions", "/v1/models", "/v1/embeddings")
MAX_INPUTS = 256
MAX_INPUT_CHARACTERS = 100_000


def _access_token_route(
    scope: str, *methods: str, traits: RouteTraits = QUICK
) -> Callable[[Callable[..., Any]], Callable[..., HttpResponse]]:
    def wrap(act: Callable[..., Any]) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, **more: Any) -> HttpResponse:
            if request.method not in methods:
                return not_answered_here(request)
            try:
                actor = actor_from_access_token(bearer_token(request.META.get("HTTP_AUTHORIZATION", "")), scope)
                if request.method != "GET":
                    refuse_only_reading(actor)
                body = orjson.dumps(act(actor, request, **more))
            except ApiError as error:
                return _json_response(error_body(error.status, error.message), error.status)
            return _json_response(body)

        view.__doc__ = act.__doc__
        return with_traits(traits)(view)

    return wrap


def _json_response(body: bytes, status: int = 200) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="application/json")
    response[ALLOW_ANY_ORIGIN[0]] = ALLOW_ANY_ORIGIN[1]
    return response


def not_answered_here(request: HttpRequest) -> HttpResponse:
    """What else is asked below ``/v1``: whether a page may ask at all, or what is not answered here."""
    if request.method == "OPTIONS":
        response = _json_response(b"")
        response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "*")[:2000]
        response["Access-Control-Max-Age"] = "86400"
        return response
    words = f"{request.method} {request.path[:200]} is not answered here: there are {', '.join(ROUTES)}."
    status = 405 if request.path in PATHS else 404
    return _json_response(error_body(status, words, {}), status)


def _model_payload(bot: Any) -> JsonAnswer:
    owner = bot.creator_display_name or "botcafe"
    return {"id": bot.slug, "object": "model", "created": int(to_epoch(bot.created_at)), "owned_by": owner}


@_access_token_route("chat", "GET")
def list_models(actor: Actor, request: HttpRequest) -> JsonAnswer:
    """``GET /v1/models``: the bots that the person may talk to."""
    return {"object": "list", "data": [_model_payload(bot) for bot in bots_chatted_with(actor)]}


@_access_token_route("chat", "GET")
def get_model(actor: Actor, request: HttpRequest, slug: str) -> JsonAnswer:
    """``GET /v1/models/{id}``."""
    found = next(iter(bots_chatted_with(actor, slug)), None)
    if found is None:
        raise unknown_model_error(slug)
    return _model_payload(found)


@_access_token_route("embeddings", "POST", traits=SLOW)
def create_embeddings(actor: Actor, request: HttpRequest) -> JsonAnswer:
    """``POST /v1/embeddings``: vectors of this installation's embedder."""
    try:
        body = load_json(request.body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error
    texts = _read_inputs(body)
    name, vectors = embed_texts(texts)
    _check_options(body, len(vectors[0]))
    tokens = sum(len(text) // 4 + 1 for text in texts)
    return {
        "object": "list",
        "model": name,
        "data": [
            {"object": "embedding", "index": i, "embedding": _encode_vector(v, body)} for i, v in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _read_inputs(body: Any) -> list[str]:
    given = body.get("input") if isinstance(body, dict) else None
    texts = [given] if isinstance(given, str) else given
    if isinstance(texts, list) and texts and isinstance(texts[0], int | list):
        raise BadRequest("input: numbers of tokens mean nothing to this embedder; send the texts themselves.")
    if not isinstance(texts, list) or not 0 < len(texts) <= MAX_INPUTS or not all(isinstance(t, str) for t in texts):
        raise BadRequest(f"input must be a text, or a list of 1 to {MAX_INPUTS} texts.")
    if not all(0 < len(text) <= MAX_INPUT_CHARACTERS for text in texts):
        raise BadRequest(f"input: each text has 1 to {MAX_INPUT_CHARACTERS:,} characters.")
    return texts


def _check_options(body: JsonObject, dims: int) -> None:
    if body.get("dimensions") not in (None, dims):
        raise BadRequest(f"dimensions: the embedder of this café gives {dims} numbers; leave it out.")
    if body.get("encoding_format") not in (None, "float", "base64"):
        raise BadRequest("encoding_format must be float or base64.")


def _encode_vector(vector: list[float], body: JsonObject) -> list[float] | str:
    if body.get("encoding_format") != "base64":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
