"""Create, list, revoke and verify access tokens for API clients; the end of all access to an account."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from botcafe.areas.accounts.collections.access_token import ACCESS_TOKENS, AccessToken
from botcafe.areas.accounts.collections.access_token import SCOPES as SCOPES
from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.legal.consent import owes_consent
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor, ActorKind
from botcafe.cms.schema.errors import BadRequest, Conflict, Forbidden, NotFound
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now, parse_instant

PREFIX = "bcafe-"
MAX_TOKENS = 50


class UnknownTokenError(Forbidden):
    """The token is unknown, expired or revoked."""

    status = 401
    code = "unknown_token"


@dataclass(frozen=True, slots=True)
class AccessTokenDetails:
    """An access token in a list; ``hint`` is its end, the token itself is stored nowhere."""

    id: int
    name: str
    scopes: list[str]
    hint: str
    expires_at: str | None
    last_used_at: str | None
    created_at: str


@dataclass(frozen=True, slots=True)
class NewAccessToken:
    """A token that was just created, the only time that it is shown."""

    token: str = field(repr=False)
    details: AccessTokenDetails


def create_access_token(actor: Actor, data: Mapping[str, object]) -> NewAccessToken:
    """Create a token with ``name`` and optionally ``scopes`` and ``expires_at``.

    Raises Forbidden, BadRequest, and Conflict where there are too many.
    """
    if not actor.is_signed_in:
        raise Forbidden
    name, scopes, expires = (
        _read_name(data.get("name")),
        _read_scopes(data.get("scopes")),
        _read_expiry(data.get("expires_at")),
    )
    if AccessToken.objects.filter(user=actor.id).count() >= MAX_TOKENS:
        raise Conflict(f"You have {MAX_TOKENS} tokens already. Revoke one that you no longer need.")
    token = PREFIX + secrets.token_urlsafe(32)
    row = AccessToken.objects.create(
        user_id=actor.id,
        name=name,
        scopes=scopes,
        expires_at=expires,
        hint=f"{PREFIX}…{token[-4:]}",
        hash=_hash_token(token),
    )
    return NewAccessToken(token, _token_details(row))


def _read_name(given: object) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > 100:
        raise BadRequest("name: give the token a name of 1 to 100 characters.")
    return given.strip()


def _read_scopes(given: object) -> list[str]:
    kept = list(SCOPES) if given is None else given
    if not isinstance(kept, list) or not kept or not all(isinstance(each, str) and each in SCOPES for each in kept):
        raise BadRequest(f"scopes must be a list of some of {', '.join(SCOPES)}.")
    return list(dict.fromkeys(kept))


def _read_expiry(given: object) -> str | None:
    if given in (None, ""):
        return None
    moment = parse_instant(given) if isinstance(given, str) else None
    if moment is None or moment <= now():
        raise BadRequest("expires_at must be an instant to come, such as 2030-01-31T12:00:00Z.")
    return moment


def _hash_token(token: str) -> str:
    # A fast hash is enough: the token is 256 random bits, which nobody can guess.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _token_details(row: AccessToken) -> AccessTokenDetails:
    return AccessTokenDetails(row.pk, row.name, row.scopes, row.hint, row.expires_at, row.last_used_at, row.created_at)


def list_access_tokens(actor: Actor) -> list[AccessTokenDetails]:
    """The actor's tokens with their hints, newest first."""
    return [_token_details(row) for row in ACCESS_TOKENS.visible_to(actor).filter(user=actor.id).order_by("-id")]


def revoke_access_token(actor: Actor, token_id: int) -> None:
    """Revoke a token at once. Raises NotFound."""
    if not ACCESS_TOKENS.visible_to(actor).filter(user=actor.id, pk=token_id).exists():
        raise NotFound
    write_operations.delete_by_id(ACCESS_TOKENS, actor, token_id, Query({"depth": "0"}))


def is_access_token(token: str) -> bool:
    """Whether a token is in force, whatever it may be used for."""
    row = AccessToken.objects.filter(hash=_hash_token(token), user__is_deactivated=False).first() if token else None
    return row is not None and not (row.expires_at and row.expires_at <= now())


def actor_from_access_token(token: str, scope: str) -> Actor:
    """The actor of a token. Raises UnknownTokenError, and Forbidden for a missing scope or a deactivated account."""
    named = AccessToken.objects.filter(hash=_hash_token(token)).annotate(owes=owes_consent("user"))
    row = named.select_related("user").first() if token else None
    if row is None or (row.expires_at and row.expires_at <= now()):
        raise UnknownTokenError("This access token is not known here, has run out, or was revoked.")
    if scope not in (row.scopes or []):
        raise Forbidden(f"This access token has no scope “{scope}”. Make one that has.")
    user: User = row.user
    if user.is_deactivated:
        raise Forbidden("This account is closed.")
    # At most one write a minute: a client may send many requests a second.
    if (row.last_used_at or "")[:16] != now()[:16]:
        AccessToken.objects.filter(pk=row.pk).update(last_used_at=now())
    kind: ActorKind = "admin" if user.role == "admin" else "user"
    return Actor(
        kind, user.pk, None, user.email, user.name or "", row.pk, owes_consent=row.owes, leaves_at=user.leaves_at
    )


def revoke_sessions(user_id: int, *, keep: str | None = None) -> None:
    """End all sign-ins of an account but one, and the tokens that were mailed to it."""
    Session.objects.filter(user=user_id).exclude(pk=keep).delete()
    mailed = (
        "reset_token_hash",
        "reset_expires_at",
        "verify_token_hash",
        "move_token_hash",
        "leave_token_hash",
        "pending_email",
    )
    User.objects.filter(pk=user_id).update(**dict.fromkeys(mailed))


def revoke_access(user_id: int, *, keep: str | None = None) -> None:
    """End everything that the old password has opened: sign-ins, mailed tokens, and tokens of programs."""
    revoke_sessions(user_id, keep=keep)
    AccessToken.objects.filter(user=user_id).delete()
