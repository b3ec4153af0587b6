"""What an account is told about itself: its details and its open sessions."""

from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.accounts.retention import RetentionPolicy, read_policy
from botcafe.areas.accounts.starter_account import count_accounts
from botcafe.cms.schema.actor import Actor
from botcafe.kit.instants import now


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
    pending_email: str | None
    region: str | None
    birth_year: float | None


def own_retention_policy(actor: Actor) -> RetentionPolicy:
    """How long the actor's messages are kept."""
    columns = ("data_retention_policy", "retention_since")
    return read_policy(*User.objects.filter(pk=actor.id).values_list(*columns).get())


def account_details(actor: Actor) -> AccountDetails:
    """The actor's own account."""
    columns = ("email", "name", "verified_at", "pending_email", "region", "birth_year")
    return AccountDetails(*User.objects.filter(pk=actor.id).values_list(*columns).get())
