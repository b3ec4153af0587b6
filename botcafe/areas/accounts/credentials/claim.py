"""Accounts of people who have proved their address to a sign-in service, such as Clerk: found, cleared, or made."""

from django.contrib.auth.hashers import make_password

from botcafe.areas.accounts.access_tokens import revoke_access
from botcafe.areas.accounts.collections.passkey import Passkey
from botcafe.areas.accounts.collections.sign_in_link import SignInLink
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.second_factor.codes import is_on
from botcafe.cms.schema.errors import Forbidden
from botcafe.kit.instants import now

ASKS_FOR_A_CODE = "The account of this address asks for a code. Sign in to it first, and link it under Account."


def claim_account(user: User) -> None:
    """Give an account to the person who has proved its address; inside a transaction.

    Raises Forbidden where it has a second factor: an address alone does not pass that.
    """
    if is_on(user.pk):
        raise Forbidden(ASKS_FOR_A_CODE)
    if user.verified_at:
        return
    # Whoever made it never proved the address: nothing of theirs may open it any more.
    revoke_access(user.pk)
    clear_other_ways_in(user.pk)
    User.objects.filter(pk=user.pk).update(password=make_password(None), verified_at=now())


def clear_other_ways_in(user_id: int) -> None:
    """Remove every way into an account but its password, sessions and tokens."""
    Passkey.objects.filter(user=user_id).delete()
    SignInLink.objects.filter(user=user_id).delete()
    User.objects.filter(pk=user_id).update(clerk_id=None)


def make_claimed_account(email: str, name: str | None, **columns: str) -> User:
    """A new account without a password. Whoever is first does not run the café: ``botcafe createadmin`` says who does."""
    user: User = User.objects.create(email=email, name=name, password=make_password(None), **columns)
    return user
