"""The starter account, which owns the starter bots. Nobody can sign in with it."""

from django.contrib.auth.hashers import make_password

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.credentials.first_admin import STARTER_ACCOUNT_EMAIL


def get_or_create_starter_account_id() -> int:
    """The id of the starter account, created at first use."""
    found = User.objects.filter(email=STARTER_ACCOUNT_EMAIL).first()
    if found is None:
        found = User.objects.create(
            email=STARTER_ACCOUNT_EMAIL, name="BotCafé", password=make_password(None), is_deactivated=True
        )
    return int(found.pk)


def count_accounts() -> int:
    """The number of accounts without the starter account."""
    return int(User.objects.exclude(email=STARTER_ACCOUNT_EMAIL).count())
