"""Tables beside the keys that no API serves: data keys of accounts, unlocked keys, what was used, calls in flight."""

from django.db import models

from botcafe.kit.sealed import declare_sealed


class AccountKey(models.Model):
    """The data key of one account, sealed under the master keys: without this row its ``advanced`` keys stay shut."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="+")
    token = models.TextField()
    created_at = models.TextField()

    is_internal = True

    class Meta:
        verbose_name = "account key"

    def __str__(self) -> str:
        return f"data key of account {self.user_id}"


class UnlockedKey(models.Model):
    """The data key of a ``military-grade`` key, for one sign-in and a while; it ends with the session.

    Sealed under a key made of the session's token, which lies in the person's browser and nowhere here.
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
    """What one key was used for in one minute, hour, day or month of UTC: ``bucket`` is the head of an instant."""

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
    """A call that has been let through and has not ended: what it is expected to take."""

    api_key = models.ForeignKey("keys.ApiKey", on_delete=models.CASCADE, related_name="+")
    tokens = models.BigIntegerField()
    created_at = models.TextField()

    is_internal = True

    class Meta:
        verbose_name = "key reservation"
        indexes = (models.Index(fields=("api_key", "created_at"), name="key_reservation_by_age"),)

    def __str__(self) -> str:
        return f"{self.tokens} tokens of key {self.api_key_id}"


def account_key_context(user_id: int) -> str:
    """What the token of an account's data key is bound to."""
    return f"account-key:{user_id}"


declare_sealed("keys.AccountKey", "token", account_key_context, bound_to="user_id")
