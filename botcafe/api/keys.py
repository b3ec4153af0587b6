"""Keys beyond their collection: unlock and lock, change a passphrase, try a key, ask for its models."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse

from botcafe.api.http.requests import actor_of, asked_of, refusal, reply
from botcafe.areas.accounts.queries import COOKIE, token_of
from botcafe.areas.keys import actions, trying, unlocking
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiResponse, route_not_found
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, Forbidden

Body = dict[str, Any]
Act = Callable[[HttpRequest, Actor, int, Body], Body]


def token_sent(request: HttpRequest) -> str:
    """The session's token as the client sent it: what is unlocked opens with it alone."""
    return token_of(request.META.get("HTTP_AUTHORIZATION", ""), request.COOKIES.get(COOKIE, ""))


def _route(method: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """A route of one key for those who are signed in; refusals in their documented shape."""

    def wrap(act: Act) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, key_id: int) -> HttpResponse:
            try:
                asked = asked_of(request, request.path.removeprefix("/api/"))
                if asked.method != method:
                    return reply(route_not_found(asked))
                actor = actor_of(request)
                if not actor.is_signed_in:
                    raise Forbidden
                return reply(ApiResponse(200, act(request, actor, key_id, asked.body or {})))
            except ApiError as error:
                return refusal(error)

        return view

    return wrap


@_route("POST")
def unlock(request: HttpRequest, actor: Actor, key_id: int, body: Body) -> Body:
    """``POST /api/api-key/{id}/unlock`` with ``passphrase``: open for this sign-in, and until when."""
    return {"unlocked_until": unlocking.unlock(actor, key_id, body.get("passphrase"), token_sent(request))}


@_route("POST")
def lock(request: HttpRequest, actor: Actor, key_id: int, body: Body) -> Body:
    """``POST /api/api-key/{id}/lock``: shut in all of the person's sign-ins."""
    unlocking.lock(actor, key_id)
    return {"message": "Locked."}


@_route("POST")
def passphrase(request: HttpRequest, actor: Actor, key_id: int, body: Body) -> Body:
    """``POST /api/api-key/{id}/passphrase`` with ``passphrase`` and ``new_passphrase``."""
    actions.change_passphrase(actor, key_id, body.get("passphrase"), body.get("new_passphrase"))
    return {"message": "The passphrase is changed, and the key is locked."}


@_route("POST")
def test(request: HttpRequest, actor: Actor, key_id: int, body: Body) -> Body:
    """``POST /api/api-key/{id}/test``: whether the key works, in words."""
    limit_request(request, "login", f"trying {actor.id}")
    return asdict(trying.try_key(actor, key_id, unlocking.unlocked_of(actor, token_sent(request))))


@_route("GET")
def models(request: HttpRequest, actor: Actor, key_id: int, body: Body) -> Body:
    """``GET /api/api-key/{id}/models``: what its provider offers."""
    limit_request(request, "login", f"trying {actor.id}")
    found = trying.models_of(actor, key_id, unlocking.unlocked_of(actor, token_sent(request)))
    return {"models": [asdict(model) for model in found]}
