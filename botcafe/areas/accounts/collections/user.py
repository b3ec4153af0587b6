"""The collection of users, with the tables of sessions and client preferences."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db import models

from botcafe.areas.accounts.collections.media import delete_files_of_account
from botcafe.areas.accounts.jobs import send_verify_mail, send_welcome_mail
from botcafe.areas.accounts.passwords import check_new_password
from botcafe.areas.accounts.signup import while_sign_up_open
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.fields import Checkbox, Email, Json, Select, Text, UploadField
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, own_account
from botcafe.jobs.queue import enqueue

STARTER_ACCOUNT_EMAIL = "house@botcafe.invalid"
"""The account that owns the starter bots; nobody can sign in with it."""
ROLES = ("user", "admin")


class User(AbstractBaseUser, Row):
    """One account. The columns declared as plain Django fields are internal and never in an API document."""

    email = Email(required=True, unique=True)
    name = Text()
    avatar = UploadField(needs="read")
    role = Select(options=ROLES, default="user", server=True)
    data_retention_policy = Json()
    is_deactivated = Checkbox(default=False, server=True)

    login_attempts = models.PositiveIntegerField(default=0)
    lock_until = models.TextField(null=True)
    reset_token_hash = models.TextField(null=True, db_index=True)
    reset_expires_at = models.TextField(null=True)
    verify_token_hash = models.TextField(null=True, db_index=True)
    verified_at = models.TextField(null=True)
    clerk_id = models.TextField(null=True, unique=True)
    default_model = models.JSONField(null=True)
    time_zone = models.TextField(default="")
    memory_settings = models.JSONField(null=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "user"
        indexes = (models.Index(fields=("created_at",), name="user_by_time"),)

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """False for an account that an admin has deactivated."""
        return not self.is_deactivated

    @property
    def is_staff(self) -> bool:
        """True for admins, who may use the staff site."""
        return bool(self.role == "admin")

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Admins have all permissions of the staff site."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Admins have all permissions of every app."""
        return self.is_active and self.is_staff


class Session(models.Model):
    """One session, shared by pages and tokens, so that both end together."""

    id = models.TextField(primary_key=True)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.TextField()
    expires_at = models.TextField()
    last_seen_at = models.TextField()
    device = models.TextField(default="")
    address = models.TextField(default="")

    is_internal = True

    class Meta:
        verbose_name = "session"
        indexes = (models.Index(fields=("user", "expires_at"), name="session_of_user"),)

    def __str__(self) -> str:
        return f"session of account {self.user_id}"


class Preference(models.Model):
    """A JSON value that a client stores for its user under a key."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    key = models.TextField()
    value = models.JSONField(null=True)
    updated_at = models.TextField()
    created_at = models.TextField()

    is_internal = True

    class Meta:
        verbose_name = "preference"
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="preference_once"),)

    def __str__(self) -> str:
        return f"{self.key} of account {self.user_id}"


def hash_password(change: Change) -> None:
    """Check and hash a password before the transaction: hashing takes a quarter of a second, too long for a write lock."""
    given = change.given.get("password")
    if change.verb == "create" or given is not None:
        change.values["password"] = make_password(check_new_password(given))


def follow_account_change(change: Change) -> None:
    """Send mails for a new account or address, and end other sessions when the password or the address changes."""
    if change.verb == "create":
        if (
            change.actor.kind == "anonymous"
            and not User.objects.exclude(pk=change.row_id).exclude(email=STARTER_ACCOUNT_EMAIL).exists()
        ):
            User.objects.filter(pk=change.row_id).update(role="admin")
        if settings.VERIFY_EMAIL and change.actor.kind != "admin":
            _send_verification(change)
        enqueue(send_welcome_mail, email=change.values["email"], name=change.values.get("name") or "")
        return
    before = change.before or {}
    is_moved = change.values.get("email", before.get("email")) != before.get("email")
    _end_access(change, is_moved=is_moved)
    if settings.VERIFY_EMAIL and is_moved:
        _send_verification(change)


def _end_access(change: Change, *, is_moved: bool) -> None:
    """End what the old password or address opened; the session that changed its own account goes on."""
    from botcafe.areas.accounts.access_tokens import revoke_access, revoke_sessions

    account = int(change.row_id or 0)
    keep = change.actor.session_id if change.actor.id == account else None
    if change.values.get("is_deactivated"):
        revoke_sessions(account)
    elif "password" in change.values:
        revoke_access(account, keep=keep)
    elif is_moved:
        revoke_sessions(account, keep=keep)


def _send_verification(change: Change) -> None:
    User.objects.filter(pk=change.row_id).update(verified_at=None)
    enqueue(send_verify_mail, email=change.values["email"])


USERS = Collection(
    model=User,
    slug="users",
    name="User",
    read=own_account() | admin(),
    create=while_sign_up_open(),
    update=own_account() | admin(),
    delete=admin(),
    prepare=(hash_password,),
    after_change=(follow_account_change,),
    before_delete=(delete_files_of_account,),
    is_auth=True,
    session_model="accounts.Session",
    search_fields=("email", "name"),
    list_display=("email", "name", "role", "is_deactivated", "created_at"),
)
