"""OpenAI's API besides completions: ``GET /v1/models``, ``POST /v1/embeddings``. And the tokens that open them."""

from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from botcafe.api.chats import answering
from botcafe.api.openai.completions import TO_ALL, error_body, token_in
from botcafe.areas.accounts.access_tokens import actor_of_access_token, make_token, revoke_token, tokens_of
from botcafe.areas.companions.bots.queries import bots_chatted_with
from botcafe.areas.companions.turns.model_choice import default_model_choice, set_default_model
from botcafe.chat.completions import unknown_model_error
from botcafe.chat.vectors import embed_texts
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest
from botcafe.kit.instants import to_epoch

ROUTES = ("POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/{id}", "POST /v1/embeddings")
PATHS = ("/v1/chat/completions", "/v1/models", "/v1/embeddings")
MOST_INPUTS = 256
LONGEST_INPUT = 100_000


def _open(scope: str, *methods: str) -> Callable[[Callable[..., Any]], Callable[..., HttpResponse]]:
    def wrap(act: Callable[..., Any]) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, **more: Any) -> HttpResponse:
            if request.method not in methods:
                return elsewhere(request)
            try:
                actor = actor_of_access_token(token_in(request.META.get("HTTP_AUTHORIZATION", "")), scope)
                body = orjson.dumps(act(actor, request, **more))
            except ApiError as error:
                return _answer(error_body(error.status, error.message), error.status)
            return _answer(body)

        view.__doc__ = act.__doc__
        return view

    return wrap


def _answer(body: bytes, status: int = 200) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="application/json")
    response[TO_ALL[0]] = TO_ALL[1]
    return response


def elsewhere(request: HttpRequest) -> HttpResponse:
    """What else is asked below ``/v1``: whether a page may ask at all, or what is not answered here."""
    if request.method == "OPTIONS":
        response = _answer(b"")
        response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "*")[:2000]
        response["Access-Control-Max-Age"] = "86400"
        return response
    words = f"{request.method} {request.path[:200]} is not answered here: there are {', '.join(ROUTES)}."
    status = 405 if request.path in PATHS else 404
    return _answer(error_body(status, words, {}), status)


def _model(bot: Any) -> dict[str, Any]:
    owner = bot.creator_display_name or "botcafe"
    return {"id": bot.slug, "object": "model", "created": int(to_epoch(bot.created_at)), "owned_by": owner}


@_open("chat", "GET")
def models(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """``GET /v1/models``: the bots that the person may talk to."""
    return {"object": "list", "data": [_model(bot) for bot in bots_chatted_with(actor)]}


@_open("chat", "GET")
def model(actor: Actor, request: HttpRequest, slug: str) -> dict[str, Any]:
    """``GET /v1/models/{id}``."""
    found = next(iter(bots_chatted_with(actor, slug)), None)
    if found is None:
        raise unknown_model_error(slug)
    return _model(found)


@_open("embeddings", "POST")
def embeddings(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """``POST /v1/embeddings``: vectors of this installation's embedder."""
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error
    texts = _inputs(body)
    name, vectors = embed_texts(texts)
    _check_form(body, len(vectors[0]))
    tokens = sum(len(text) // 4 + 1 for text in texts)
    return {
        "object": "list",
        "model": name,
        "data": [{"object": "embedding", "index": i, "embedding": _written(v, body)} for i, v in enumerate(vectors)],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _inputs(body: Any) -> list[str]:
    given = body.get("input") if isinstance(body, dict) else None
    texts = [given] if isinstance(given, str) else given
    if isinstance(texts, list) and texts and isinstance(texts[0], int | list):
        raise BadRequest("input: numbers of tokens mean nothing to this embedder; send the texts themselves.")
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_INPUTS or not all(isinstance(t, str) for t in texts):
        raise BadRequest(f"input must be a text, or a list of 1 to {MOST_INPUTS} texts.")
    if not all(0 < len(text) <= LONGEST_INPUT for text in texts):
        raise BadRequest(f"input: each text has 1 to {LONGEST_INPUT:,} characters.")
    return texts


def _check_form(body: dict[str, Any], dims: int) -> None:
    if body.get("dimensions") not in (None, dims):
        raise BadRequest(f"dimensions: the embedder of this café gives {dims} numbers; leave it out.")
    if body.get("encoding_format") not in (None, "float", "base64"):
        raise BadRequest("encoding_format must be float or base64.")


def _written(vector: list[float], body: dict[str, Any]) -> list[float] | str:
    if body.get("encoding_format") != "base64":
        return vector
    import base64
    import struct

    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


@answering("GET", "POST")
def tokens(request: HttpRequest, actor: Actor, number: int, body: dict[str, Any]) -> Any:
    """``GET`` and ``POST /api/account/tokens``."""
    if request.method == "POST":
        from botcafe.api.http.requests import reply

        return reply(ApiResponse(201, make_token(actor, body)))
    return {"docs": tokens_of(actor)}


@answering("DELETE")
def token(request: HttpRequest, actor: Actor, number: int, body: dict[str, Any]) -> Any:
    """``DELETE /api/account/tokens/{id}``."""
    revoke_token(actor, number)
    return {"message": "The token is revoked."}


@answering("GET", "POST")
def default_model(request: HttpRequest, actor: Actor, number: int, body: dict[str, Any]) -> Any:
    """``GET`` and ``POST /api/account/model``: what answers wherever nothing else was chosen."""
    return set_default_model(actor, body) if request.method == "POST" else default_model_choice(actor.id or 0)
