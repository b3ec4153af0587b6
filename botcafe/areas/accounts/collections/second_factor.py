"""The second factor of an account: the secret of its authenticator, and its recovery codes."""

from django.db import models

from botcafe.kit.sealed import declare_sealed


class SecondFactor(models.Model):
    """An account whose sign-in asks for a code too. ``secret`` is under the master keys."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="+")
    secret = models.TextField()
    # The 30 seconds, counted since 1970, of the last code that was taken: no code counts twice.
    last_step = models.BigIntegerField(default=0)
    created_at = models.TextField()

    is_internal = True

    class Meta:
        verbose_name = "second factor"

    def __str__(self) -> str:
        return f"second factor of account {self.user_id}"


class RecoveryCode(models.Model):
    """A code that opens the second step once; the row goes when it is used."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    hash = models.TextField(unique=True)

    is_internal = True

    class Meta:
        verbose_name = "recovery code"

    def __str__(self) -> str:
        return f"recovery code of account {self.user_id}"


def second_factor_context(user_id: int) -> str:
    """The context that the secret of an account is bound to."""
    return f"second-factor:{user_id}"


declare_sealed("accounts.SecondFactor", "secret", second_factor_context, bound_to="user_id")
