"""The actor of a request, and the sessions, files and preferences of an account."""

import time
from dataclasses import dataclass
from functools import cache

import orjson
from django.utils.crypto import salted_hmac

from botcafe.areas.accounts import tokens
from botcafe.areas.accounts.clerk import actor_from_clerk_token, is_clerk_token
from botcafe.areas.accounts.collections.media import MEDIA
from botcafe.areas.accounts.collections.user import Preference, Session, User
from botcafe.areas.accounts.house import count_accounts
from botcafe.cms.db import sql
from botcafe.cms.schema.actor import ANONYMOUS, Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden, NotFound
from botcafe.gateways.storage import storage
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject, JsonValue

SCHEMES = ("JWT ", "Bearer ")
MAX_PREFERENCE_BYTES, MAX_PREFERENCE_KEY_LENGTH = 65_536, 200
SESSION_COOKIE = "payload-token"
_SESSION = (
    'SELECT u.id, u.role, u.email, u.name, u.is_deactivated, s.expires_at FROM "accounts_session" s '
    'JOIN "accounts_user" u ON u.id = s.user_id WHERE s.id = %s'
)


@cache
def _session_statement() -> sql.Statement:
    # Built at first use: how a parameter is written depends on the database.
    return sql.Statement(_SESSION, ())


def request_token(authorization: str, cookie: str) -> str:
    """The token of a request, from the header if there is one, else from the cookie; empty for none."""
    if authorization:
        return next((authorization[len(s) :] for s in SCHEMES if authorization.startswith(s)), "")
    return cookie


def actor_from_token(token: str) -> Actor:
    """The actor of a session token; anonymous for one that is invalid, expired or revoked."""
    if token and is_clerk_token(token):
        return actor_from_clerk_token(token)
    claims = tokens.read_token(token, time.time()) if token else None
    if claims is None:
        return ANONYMOUS
    session_id = str(claims.get("sid", ""))
    # Raw SQL: every request runs it, and the ORM takes longer to build the query than the database to answer it.
    rows = sql.fetch_rows(_session_statement().sql, [session_id])
    if not rows:
        return ANONYMOUS
    user_id, role, email, name, is_deactivated, expires_at = rows[0]
    if is_deactivated or expires_at <= now() or user_id != claims.get("id"):
        return ANONYMOUS
    return Actor("admin" if role == "admin" else "user", user_id, session_id, email, name or "")


def find_account(actor: Actor) -> User | None:
    """The account of an actor, for the staff site; None for an anonymous one."""
    return User.objects.filter(pk=actor.id).first() if actor.id else None


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """An open session, as the account page lists it. ``id`` is a handle, not the id of the session."""

    id: str
    device: str
    address: str
    created_at: str
    last_seen: str
    is_current: bool


def session_handle(session_id: str) -> str:
    """A public handle of a session. Its id is part of the token, so it is not shown."""
    return salted_hmac("session-handle", session_id).hexdigest()[:16]


def list_sessions(actor: Actor) -> list[SessionSummary]:
    """The open sessions of an account, newest first."""
    rows = Session.objects.filter(user=actor.id, expires_at__gt=now()).order_by("-created_at")
    return [
        SessionSummary(
            session_handle(s.id), s.device, s.address, s.created_at, s.last_seen_at, s.id == actor.session_id
        )
        for s in rows
    ]


def has_accounts() -> bool:
    """False on an empty installation, where the first to register becomes the admin."""
    return count_accounts() > 0


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What the account page shows of an account."""

    email: str
    name: str | None
    verified_at: str | None


def account_details(actor: Actor) -> AccountDetails:
    """The actor's own account."""
    columns = ("email", "name", "verified_at")
    return AccountDetails(*User.objects.filter(pk=actor.id).values_list(*columns).get())


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file to serve, with its bytes."""

    name: str
    mime: str
    data: bytes
    content_hash: str


def read_media_file(actor: Actor, name: str) -> MediaFile:
    """Read a file that the actor may see. Raises NotFound for a missing or hidden one."""
    # PostgreSQL refuses NUL in a text.
    row = MEDIA.visible_to(actor).filter(filename=name).first() if "\x00" not in name else None
    if row is None:
        raise NotFound
    try:
        return MediaFile(row.filename, row.mime_type, storage().get(row.storage_key), row.content_hash)
    except KeyError as error:
        # The row is there, its bytes are missing from storage.
        raise NotFound from error


def read_preference(actor: Actor, key: str) -> JsonObject:
    """The preference under a key as Payload's API returns it, or its "Not Found" message."""
    # PostgreSQL refuses NUL in a text.
    row = Preference.objects.filter(user=actor.id, key=key).first() if actor.id and "\x00" not in key else None
    return _preference_as_json(row) if row else {"message": "Not Found", "value": None}


def _preference_as_json(row: Preference) -> JsonObject:
    owner: JsonObject = {"relationTo": "users", "value": row.user_id}
    times = {"updatedAt": row.updated_at, "createdAt": row.created_at}
    return {"id": row.pk, "user": owner, "key": row.key, "value": row.value, **times}


def save_preference(actor: Actor, key: str, value: JsonValue) -> JsonObject:
    """Store a client's value under a key. Raises Forbidden for anonymous callers, BadRequest for too large a value."""
    if actor.id is None:
        raise Forbidden
    if len(orjson.dumps(value)) > MAX_PREFERENCE_BYTES or len(key) > MAX_PREFERENCE_KEY_LENGTH or "\x00" in key:
        raise BadRequest(
            f"A preference has a name of at most {MAX_PREFERENCE_KEY_LENGTH} characters, none of them NUL, and a value "
            f"of at most {MAX_PREFERENCE_BYTES} bytes."
        )
    saved_at = now()
    changes = {"value": value, "updated_at": saved_at}
    row, _ = Preference.objects.update_or_create(
        user_id=actor.id, key=key, defaults=changes, create_defaults={**changes, "created_at": saved_at}
    )
    return {"doc": _preference_as_json(row), "message": "Updated successfully."}
