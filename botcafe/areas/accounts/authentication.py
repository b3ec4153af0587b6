"""The actor behind a request: a session token from its header or its cookie."""

import time
from functools import cache
from typing import TypeAlias

from django.db.models import Q

from botcafe.areas.accounts import tokens
from botcafe.areas.accounts.clerk import actor_from_clerk_token, is_clerk_token
from botcafe.areas.accounts.collections.access_token import AccessToken
from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.legal.consent import owes_consent_sql
from botcafe.cms.db import sql
from botcafe.cms.schema.actor import ANONYMOUS, Actor
from botcafe.kit.instants import now, to_epoch

# An account, and its session or access token where it has one.
SignIn: TypeAlias = tuple[int, str | None, int | None]
SCHEMES = ("JWT ", "Bearer ")
SESSION_COOKIE = "payload-token"
SEEN_SECONDS = 900
_SESSION = (
    "SELECT u.id, u.role, u.email, u.name, u.is_deactivated, s.expires_at, s.last_seen_at, "
    "COALESCE(f.thumbnail_url, f.url), {owes}, u.leaves_at "
    'FROM "accounts_session" s JOIN "accounts_user" u ON u.id = s.user_id '
    # Whoever may set the avatar of an account may have named another's file: only its own is shown.
    'LEFT JOIN "accounts_media" f ON f.id = u.avatar_id AND f.user_id = u.id WHERE s.id = %s'
)


@cache
def _session_statement(owes: str) -> sql.Statement:
    # Built at first use: how a parameter is written depends on the database.
    return sql.Statement(_SESSION.format(owes=owes), ())


def request_token(authorization: str, cookie: str) -> str:
    """The token of a request, from the header if there is one, else from the cookie; empty for none."""
    if authorization:
        # Payload minds the case of a scheme.
        return next((authorization[len(s) :] for s in SCHEMES if authorization.startswith(s)), "")
    return cookie


def bearer_token(authorization: str) -> str:
    """The token of a Bearer header, whatever the case of the scheme (RFC 9110); empty for another one."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def ended_sign_ins(watched: set[SignIn]) -> set[SignIn]:
    """Those of some sign-ins that hold no longer: signed out, revoked, expired, or of an account that is deactivated."""
    sessions = Session.objects.filter(pk__in=[session for _, session, _ in watched if session])
    live_sessions = sessions.filter(expires_at__gt=now(), user__is_deactivated=False)
    tokens_given = AccessToken.objects.filter(pk__in=[token for _, _, token in watched if token is not None])
    live_tokens = tokens_given.filter(
        Q(expires_at=None) | Q(expires_at="") | Q(expires_at__gt=now()), user__is_deactivated=False
    )
    # Somebody who came by Clerk has no session here.
    users = User.objects.filter(pk__in=[user for user, *way in watched if way == [None, None]], is_deactivated=False)
    held: set[SignIn] = {(user, session, None) for user, session in live_sessions.values_list("user_id", "pk")}
    held |= {(user, None, token) for user, token in live_tokens.values_list("user_id", "pk")}
    return watched - held - {(user, None, None) for user in users.values_list("pk", flat=True)}


def actor_from_token(token: str) -> Actor:
    """The actor of a session token; anonymous for one that is invalid, expired or revoked."""
    if token and is_clerk_token(token):
        return actor_from_clerk_token(token)
    claims = tokens.read_token(token, time.time()) if token else None
    if claims is None:
        return ANONYMOUS
    session_id = str(claims.get("sid", ""))
    # Raw SQL: every request runs it, and the ORM takes longer to build the query than the database to answer it.
    rows = sql.fetch_rows(_session_statement(owes_consent_sql()).sql, [session_id])
    if not rows:
        return ANONYMOUS
    user_id, role, email, name, is_deactivated, expires_at, last_seen, picture, owes, leaves_at = rows[0]
    if is_deactivated or expires_at <= now() or user_id != claims.get("id"):
        return ANONYMOUS
    _note_seen(session_id, last_seen)
    return Actor(
        kind="admin" if role == "admin" else "user",
        id=user_id,
        session_id=session_id,
        email=email,
        name=name or "",
        picture_url=picture or "",
        owes_consent=bool(owes),
        leaves_at=leaves_at,
    )


def _note_seen(session_id: str, last_seen: str) -> None:
    """Keep when a session was last used, to a quarter of an hour: reading a page should write nothing."""
    if to_epoch(now()) - to_epoch(last_seen) > SEEN_SECONDS:
        Session.objects.filter(pk=session_id, last_seen_at=last_seen).update(last_seen_at=now())
