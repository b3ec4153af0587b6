"""Signing in and out over the API, in the words that the old clients know."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from botcafe.api.http.requests import actor_of, asked_of, refusal, reply
from botcafe.areas.accounts import actions, recovery
from botcafe.areas.accounts.queries import COOKIE, sessions_of, token_of
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiRequest, ApiResponse
from botcafe.cms.query import read_operations
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.errors import ApiError, Forbidden, NotFound

Handler = Callable[[HttpRequest, ApiRequest], tuple[ApiResponse, actions.SignedIn | None]]


def device_of(request: HttpRequest) -> actions.Device:
    """Where a request comes from."""
    return actions.Device(request.headers.get("User-Agent", ""), request.META.get("REMOTE_ADDR", ""))


def set_token(response: HttpResponse, signed_in: actions.SignedIn) -> None:
    """Put the token into the cookie."""
    expires = datetime.fromtimestamp(signed_in.expires, UTC)
    from django.conf import settings

    response.set_cookie(
        COOKIE, signed_in.token, expires=expires, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def _route(method: str, handler: Handler, bucket: str = "") -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        try:
            path = request.path.removeprefix("/api/")
            asked = asked_of(request, path)
            if request.method == "OPTIONS":
                return reply(ApiResponse(200, {}))
            if asked.method != method:
                return reply(_unrouted(asked))
            if bucket:
                limit_request(request, bucket)
            answer, signed_in = handler(request, asked)
        except ApiError as error:
            return refusal(error)
        response = reply(answer)
        if signed_in is not None:
            set_token(response, signed_in)
        return response

    return view


def _unrouted(asked: ApiRequest) -> ApiResponse:
    return ApiResponse(404, {"message": f'Route not found "/api/{"/".join(asked.parts)}"'})


def user_document(actor: Actor, query: Query) -> dict[str, Any]:
    """The caller's own document."""
    doc = read_operations.find_by_id(get_collection("users"), actor, int(actor.id or 0), query)
    return {**doc, "_strategy": "local-jwt"}


def _login(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    data = asked.body if isinstance(asked.body, dict) else {}
    email = data.get("email") if isinstance(data.get("email"), str) else None
    signed_in = actions.sign_in(email, data.get("password"), device_of(request))
    user = user_document(signed_in.actor, asked.query)
    body = {"message": "Authentication Passed", "exp": signed_in.expires, "token": signed_in.token, "user": user}
    return ApiResponse(200, body), signed_in


def _logout(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    actions.sign_out(actor_of(request), everywhere=asked.query.raw.get("allSessions") == "true")
    return ApiResponse(200, {"message": "Logout successful."}, {"Set-Cookie": f"{COOKIE}=; Max-Age=0; Path=/"}), None


def _me(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    actor = actor_of(request)
    if not actor.is_signed_in:
        return ApiResponse(200, {"user": None, "message": "Account"}), None
    from botcafe.areas.accounts import tokens

    token = token_of(request.headers.get("Authorization", ""), request.COOKIES.get(COOKIE, ""))
    claims = tokens.read(token, 0) or {}
    body = {
        "user": user_document(actor, asked.query),
        "collection": "users",
        "strategy": "local-jwt",
        "exp": claims.get("exp"),
        "token": token,
        "message": "Account",
    }
    return ApiResponse(200, body), None


def _refresh(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    signed_in = actions.refresh(actor_of(request))
    body = {
        "message": "Token refresh successful.",
        "exp": signed_in.expires,
        "refreshedToken": signed_in.token,
        "setCookie": True,
        "strategy": "local-jwt",
        "user": user_document(signed_in.actor, asked.query),
    }
    return ApiResponse(200, body), signed_in


def _forgot(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    recovery.ask_for_reset((asked.body or {}).get("email"))
    return ApiResponse(200, {"message": "Success"}), None


def _reset(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    data = asked.body or {}
    signed_in = recovery.reset_password(data.get("token"), data.get("password"), device_of(request))
    user = user_document(signed_in.actor, asked.query)
    return ApiResponse(
        200, {"message": "Password reset successfully.", "token": signed_in.token, "user": user}
    ), signed_in


def _unlock(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    actions.unlock(actor_of(request), (asked.body or {}).get("email"))
    return ApiResponse(200, {"message": "Success"}), None


def _first(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    signed_in = actions.first_register(asked.body or {}, device_of(request))
    user = user_document(signed_in.actor, asked.query)
    body = {"message": "Successfully registered first user.", "exp": signed_in.expires, "token": signed_in.token}
    return ApiResponse(200, {**body, "user": user}), signed_in


def _verify(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    if not recovery.verify_email(asked.parts[-1]):
        raise ApiError("Verification token is invalid.")
    return ApiResponse(200, {"message": "Email verified successfully."}), None


def _register(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    data = asked.body or {}
    given = {name: data.get(name) for name in ("email", "password", "name")}
    signed_in = actions.register(given, device_of(request), str(data.get("invite") or ""))
    if signed_in is None:
        return ApiResponse(201, {"message": "Look in your mail: the link there opens the door.", "token": None}), None
    user = user_document(signed_in.actor, asked.query)
    body = {"message": "Welcome.", "exp": signed_in.expires, "token": signed_in.token, "user": user}
    return ApiResponse(201, body), signed_in


def _sessions(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    actor = actor_of(request)
    if not actor.is_signed_in:
        raise Forbidden
    return ApiResponse(200, {"docs": [asdict(session) for session in sessions_of(actor)]}), None


def _end_session(request: HttpRequest, asked: ApiRequest) -> tuple[ApiResponse, actions.SignedIn | None]:
    actor = actor_of(request)
    if not actor.is_signed_in:
        raise Forbidden
    if not actions.revoke(actor, asked.parts[-1]):
        raise NotFound
    return ApiResponse(200, {"message": "That sign-in has ended."}), None


register = _route("POST", _register, "signup")
sessions = _route("GET", _sessions)
_end_session_view = _route("DELETE", _end_session)


def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """``DELETE /api/account/sessions/{id}``."""
    return _end_session_view(request)


login = _route("POST", _login, "login")
logout = _route("POST", _logout)
me = _route("GET", _me)
refresh = _route("POST", _refresh)
forgot = _route("POST", _forgot, "mail")
reset = _route("POST", _reset, "login")
unlock = _route("POST", _unlock)
first_register = _route("POST", _first, "login")
_verify_view = _route("POST", _verify, "login")


def verify(request: HttpRequest, token: str) -> HttpResponse:
    """``POST /api/users/verify/{token}``."""
    return _verify_view(request)
