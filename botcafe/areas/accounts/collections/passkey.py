"""Passkeys of accounts: the public halves of key pairs that devices and password managers keep."""

from django.db import models


class Passkey(models.Model):
    """One passkey. ``credential`` and ``public_key`` are base64url, as is ``handle``, by which devices know the account."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    name = models.TextField()
    credential = models.TextField(unique=True)
    public_key = models.TextField()
    handle = models.TextField()
    # How often its device says that it was used; 0 where the device does not count.
    sign_count = models.BigIntegerField(default=0)
    created_at = models.TextField()
    last_used_at = models.TextField(null=True)

    is_internal = True

    class Meta:
        verbose_name = "passkey"
        indexes = (models.Index(fields=("user", "created_at"), name="passkey_of_owner"),)

    def __str__(self) -> str:
        return f"passkey of account {self.user_id}"
