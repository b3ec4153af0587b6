"""Links between accounts and the persons of a sign-in service (OpenID Connect)."""

from django.db import models


class SignInLink(models.Model):
    """One person of a service, by its issuer and their subject there, who opens an account."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    issuer = models.TextField()
    subject = models.TextField()
    created_at = models.TextField()
    last_used_at = models.TextField(null=True)

    is_internal = True

    class Meta:
        verbose_name = "sign-in link"
        constraints = (models.UniqueConstraint(fields=("issuer", "subject"), name="sign_in_link_once"),)

    def __str__(self) -> str:
        return f"sign-in link of account {self.user_id}"
