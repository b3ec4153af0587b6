"""The ways into an account, of which the last one stays."""

from django.conf import settings
from django.contrib.auth.hashers import is_password_usable
from django.utils.translation import gettext

from botcafe.areas.accounts.collections.passkey import Passkey
from botcafe.areas.accounts.collections.sign_in_link import SignInLink
from botcafe.areas.accounts.collections.user import User
from botcafe.cms.schema.errors import Conflict


def require_other_way(user: User, *, passkey: int = 0, is_unlinking: bool = False) -> None:
    """Refuse to take away a way in that is the last one; inside a transaction. Raises Conflict."""
    # Two requests that each take away one of the last two wait here for each other.
    found = User.objects.select_for_update().filter(pk=user.pk).first()
    if found is None or is_password_usable(found.password) or found.clerk_id:
        return
    # Of a service that the café no longer has, a link opens nothing.
    if not is_unlinking and SignInLink.objects.filter(user=found, issuer=settings.OIDC_ISSUER).exists():
        return
    if not Passkey.objects.filter(user=found).exclude(pk=passkey).exists():
        raise Conflict(
            gettext("This is the only way into your account. Set a password first (“I forgot my password”).")
        )
