"""The collection of users, with the tables of sessions and client preferences."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from botcafe.areas.accounts.collections.media import delete_files_of_account
from botcafe.areas.accounts.credentials.first_admin import appoint_first_admin
from botcafe.areas.accounts.credentials.hooks import (
    check_credentials,
    follow_account_change,
    hold_new_email,
    refuse_credentials_in_bulk,
)
from botcafe.areas.accounts.credentials.last_admin import keep_an_admin
from botcafe.areas.accounts.declared.age import keep_birth_year
from botcafe.areas.accounts.declared.regions import check_region
from botcafe.areas.accounts.retention import check_retention_policy
from botcafe.areas.accounts.signup import while_sign_up_open
from botcafe.areas.legal.consent import record_agreements, require_agreements
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Email, Json, Number, Select, Text, UploadField
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, own_account

ROLES = ("user", "admin")


class User(AbstractBaseUser, Row):
    """One account. The columns declared as plain Django fields are internal and never in an API document.

    Times are ISO 8601 texts, here and in the tables below (decision 0002).
    """

    email = Email(required=True, unique=True)
    name = Text()
    avatar = UploadField(needs="read")
    role = Select(options=ROLES, default="user", server=True)
    data_retention_policy = Json()
    # Both are seen by the owner and the admins alone: where the laws of a place and its help lines depend on them.
    region = Text()
    birth_year = Number()
    is_deactivated = Checkbox(default=False, server=True)

    # A new address that its owner has not confirmed yet, and the token mailed to it; until then ``email`` counts.
    pending_email = models.TextField(null=True)
    move_token_hash = models.TextField(null=True, db_index=True)
    reset_token_hash = models.TextField(null=True, db_index=True)
    reset_expires_at = models.TextField(null=True)
    verify_token_hash = models.TextField(null=True, db_index=True)
    verified_at = models.TextField(null=True)
    # The id of this account at Clerk, a sign-in service.
    clerk_id = models.TextField(null=True, unique=True)
    default_model = models.JSONField(null=True)
    time_zone = models.TextField(default="")
    # The language of pages and mails; "" leaves it to the browser.
    language = models.TextField(default="")
    memory_settings = models.JSONField(null=True)
    # Since when the declared year of birth makes its owner an adult; "" where none was declared.
    adult_from = models.TextField(default="")
    # When they were last told that a bot is an AI; "" for never.
    told_at = models.TextField(default="")
    # When they were last reminded of a break, where the law of a place asks for it.
    break_told_at = models.TextField(default="")
    # When the policy of retention was made stricter: it is enforced 14 days later at the earliest.
    retention_since = models.TextField(null=True)
    # When the account is erased, where its owner has asked for that; until then it reads, exports and comes back.
    leaves_at = models.TextField(default="")
    leave_token_hash = models.TextField(null=True)

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
    """One sign-in, shared by the pages and the JWT that it opened, so that both end together."""

    id = models.TextField(primary_key=True)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.TextField()
    expires_at = models.TextField()
    last_seen_at = models.TextField()
    device = models.TextField(default="")
    # The network address, not one of e-mail.
    address = models.TextField(default="")

    # No collection, so no API and no access rules: the start-up checks let the table pass.
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


USERS = Collection(
    model=User,
    slug="users",
    name="User",
    read=own_account() | admin(),
    create=while_sign_up_open(),
    update=own_account() | admin(),
    delete=admin(),
    prepare=(check_credentials,),
    prepare_bulk=(refuse_credentials_in_bulk,),
    before_change=(
        require_agreements,
        appoint_first_admin,
        hold_new_email,
        keep_an_admin,
        keep_birth_year,
        check_region,
        check_retention_policy,
    ),
    after_change=(record_agreements, follow_account_change),
    before_delete=(keep_an_admin, delete_files_of_account),
    is_auth=True,
    session_model="accounts.Session",
    search_fields=("email", "name"),
    list_display=("email", "name", "role", "is_deactivated", "created_at"),
)
