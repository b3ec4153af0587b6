"""Signing in and out over the API, in the dialect of Payload's clients; the account's sessions."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from botcafe.api.bodies import EmailBody, ResetPasswordBody
from botcafe.api.http.bodies import read_body
from botcafe.api.http.endpoint import ApiCall, JsonAnswer, endpoint
from botcafe.api.http.requests import json_response
from botcafe.areas.accounts import actions, recovery, tokens
from botcafe.areas.accounts.authentication import SESSION_COOKIE
from botcafe.areas.accounts.credentials.devices import device_from, leave_mark
from botcafe.areas.accounts.credentials.first_admin import with_code
from botcafe.areas.accounts.queries import list_sessions as sessions_of
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.query import read_operations
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.kit.json_types import JsonObject
from botcafe.kit.lanes import SLOW

STRATEGY = "local-jwt"
FORGET_COOKIE = f"{SESSION_COOKIE}=; Max-Age=0; Path=/"


def _signed_in(status: int, body: dict[str, Any], signed_in: actions.SignInResult) -> HttpResponse:
    """An answer that puts the token into the cookie too."""
    response = json_response(ApiResponse(status, body))
    expires = datetime.fromtimestamp(signed_in.expires, UTC)
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        expires=expires,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    leave_mark(response, signed_in.device_mark)
    return response


def _user_document(actor: Actor, query: Query) -> JsonAnswer:
    """The caller's own document."""
    doc = read_operations.find_by_id(get_collection("users"), actor, int(actor.id or 0), query)
    return {**doc, "_strategy": STRATEGY}


@endpoint("POST", is_public=True, rate_limit="login", limits_by_address=True, traits=SLOW, sets_cookie=True)
def login(call: ApiCall) -> HttpResponse:
    """``POST /api/users/login``."""
    email = call.body.get("email")
    signed_in = actions.sign_in(
        email if isinstance(email, str) else None,
        call.body.get("password"),
        device_from(call.request.META, call.request.COOKIES),
        code=call.body.get("code"),
    )
    user = _user_document(signed_in.actor, call.query)
    body = {"message": "Authentication Passed", "exp": signed_in.expires, "token": signed_in.token, "user": user}
    return _signed_in(200, body, signed_in)


@endpoint("POST", is_public=True, sets_cookie=True)
def logout(call: ApiCall) -> ApiResponse:
    """``POST /api/users/logout?allSessions=``."""
    actions.sign_out(call.actor, everywhere=call.query.raw.get("allSessions") == "true")
    return ApiResponse(200, {"message": "Logout successful."}, {"Set-Cookie": FORGET_COOKIE})


@endpoint("GET", is_public=True)
def me(call: ApiCall) -> JsonAnswer:
    """``GET /api/users/me``: the caller, or null."""
    if not call.actor.is_signed_in:
        return {"user": None, "message": "Account"}
    claims = tokens.read_token(call.token, 0) or {}
    return {
        "user": _user_document(call.actor, call.query),
        "collection": "users",
        "strategy": STRATEGY,
        "exp": claims.get("exp"),
        "token": call.token,
        "message": "Account",
    }


@endpoint("POST", is_public=True, sets_cookie=True)
def refresh_token(call: ApiCall) -> HttpResponse:
    """``POST /api/users/refresh-token``."""
    signed_in = actions.refresh_session(call.actor)
    body = {
        "message": "Token refresh successful.",
        "exp": signed_in.expires,
        "refreshedToken": signed_in.token,
        "setCookie": True,
        "strategy": STRATEGY,
        "user": _user_document(signed_in.actor, call.query),
    }
    return _signed_in(200, body, signed_in)


@endpoint("POST", is_public=True, rate_limit="mail", limits_by_address=True)
def forgot_password(call: ApiCall) -> JsonObject:
    """``POST /api/users/forgot-password``: the answer is the same whether the address is known or not."""
    recovery.request_password_reset(read_body(EmailBody, call.body).email)
    return {"message": "Success"}


@endpoint("POST", is_public=True, rate_limit="login", limits_by_address=True, traits=SLOW, sets_cookie=True)
def reset_password(call: ApiCall) -> HttpResponse:
    """``POST /api/users/reset-password``."""
    body = read_body(ResetPasswordBody, call.body)
    signed_in = recovery.reset_password(body.token, body.password, device_from(call.request.META, call.request.COOKIES))
    if signed_in is None:
        words = "Password reset successfully. Sign in with it and a code of your authenticator."
        return json_response(ApiResponse(200, {"message": words, "token": None, "user": None}))
    user = _user_document(signed_in.actor, call.query)
    answer = {"message": "Password reset successfully.", "token": signed_in.token, "user": user}
    return _signed_in(200, answer, signed_in)


@endpoint("POST", is_public=True)
def unlock_account(call: ApiCall) -> JsonObject:
    """``POST /api/users/unlock``: answers 200 to anyone, has an effect for admins only."""
    actions.unlock_account(call.actor, read_body(EmailBody, call.body).email)
    return {"message": "Success"}


@endpoint("POST", is_public=True, rate_limit="login", limits_by_address=True, traits=SLOW, sets_cookie=True)
def first_register(call: ApiCall) -> HttpResponse:
    """``POST /api/users/first-register``: the first account of an empty installation."""
    given = with_code(call.request.META, call.body)
    signed_in = actions.register_first_admin(given, device_from(call.request.META, call.request.COOKIES))
    user = _user_document(signed_in.actor, call.query)
    body = {
        "message": "Successfully registered first user.",
        "exp": signed_in.expires,
        "token": signed_in.token,
        "user": user,
    }
    return _signed_in(200, body, signed_in)


@endpoint("POST", is_public=True, rate_limit="login", limits_by_address=True)
def verify_email(call: ApiCall, token: str) -> JsonObject:
    """``POST /api/users/verify/{token}``."""
    if not recovery.verify_email(token):
        raise ApiError("Verification token is invalid.")
    return {"message": "Email verified successfully."}


@endpoint("POST", is_public=True, rate_limit="signup", limits_by_address=True, traits=SLOW, sets_cookie=True)
def register(call: ApiCall) -> HttpResponse | ApiResponse:
    """``POST /api/account/register``: an account, signed in unless its address is to be confirmed first."""
    signed_in = actions.register_account(
        with_code(call.request.META, call.body), device_from(call.request.META, call.request.COOKIES)
    )
    if signed_in is None:
        return ApiResponse(201, {"message": "Look in your mail: the link there opens the door.", "token": None})
    user = _user_document(signed_in.actor, call.query)
    body = {"message": "Welcome.", "exp": signed_in.expires, "token": signed_in.token, "user": user}
    return _signed_in(201, body, signed_in)


@endpoint("GET")
def list_sessions(call: ApiCall) -> JsonAnswer:
    """``GET /api/account/sessions``."""
    return {"docs": [asdict(session) for session in sessions_of(call.actor)]}


@endpoint("DELETE")
def end_session(call: ApiCall, handle: str) -> JsonObject:
    """``DELETE /api/account/sessions/{id}``."""
    if not actions.revoke_session(call.actor, handle):
        raise NotFound
    return {"message": "That sign-in has ended."}
