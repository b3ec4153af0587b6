"""Internal tables that no API serves: data keys of accounts, unlocked keys, usage counters, calls in flight."""

from django.db import models

from botcafe.kit.sealed import declare_sealed


class AccountKey(models.Model):
    """The data key of one account, encrypted under the master keys; its ``advanced`` keys cannot be read without it."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="+")
    token = models.TextField()
    created_at = models.TextField()

    is_internal = True

    class Meta:
        verbose_name = "account key"

    def __str__(self) -> str:
        return f"data key of account {self.user_id}"


class UnlockedKey(models.Model):
    """The data key of an unlocked ``military-grade`` key, for one session and a limited time.

    Encrypted under a key derived from the session token, which only the browser has.
    """

    session = models.ForeignKey("accounts.Session", on_delete=models.CASCADE, related_name="+")
    api_key = models.ForeignKey("keys.ApiKey", on_delete=models.CASCADE, related_name="+")
    sealed = models.TextField()
    expires_at = models.TextField(db_index=True)

    is_internal = True

    class Meta:
        verbose_name = "unlocked key"
        constraints = (models.UniqueConstraint(fields=("session", "api_key"), name="unlocked_once"),)

    def __str__(self) -> str:
        return f"key {self.api_key_id}, unlocked until {self.expires_at}"


class KeyCount(models.Model):
    """Usage of one key in one minute, hour, day or month (UTC); ``bucket`` is the prefix of an instant."""

    api_key = models.ForeignKey("keys.ApiKey", on_delete=models.CASCADE, related_name="+")
    bucket = models.TextField()
    requests = models.BigIntegerField(default=0)
    tokens = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)

    is_internal = True

    class Meta:
        verbose_name = "key count"
        constraints = (models.UniqueConstraint(fields=("api_key", "bucket"), name="key_counted_once"),)

    def __str__(self) -> str:
        return f"key {self.api_key_id} in {self.bucket}"


class KeyReservation(models.Model):
    """A call in flight with its estimated tokens, of a reply or of other work of a process."""

    api_key = models.ForeignKey("keys.ApiKey", on_delete=models.CASCADE, related_name="+")
    tokens = models.BigIntegerField()
    created_at = models.TextField()
    # The reply that it is for, by number: keys know of no chats.
    generation_id = models.BigIntegerField(null=True)
    process = models.TextField(default="")

    is_internal = True

    class Meta:
        verbose_name = "key reservation"
        indexes = (
            models.Index(fields=("api_key", "created_at"), name="key_reservation_by_age"),
            models.Index(fields=("generation_id",), name="key_reservation_of_reply"),
        )

    def __str__(self) -> str:
        return f"{self.tokens} tokens of key {self.api_key_id}"


def account_key_context(user_id: int) -> str:
    """The context that the token of an account's data key is bound to."""
    return f"account-key:{user_id}"


declare_sealed("keys.AccountKey", "token", account_key_context, bound_to="user_id")
