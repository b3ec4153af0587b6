"""The house account, which owns the starter bots. Nobody can sign in with it."""

from django.contrib.auth.hashers import make_password

from botcafe.areas.accounts.collections.user import HOUSE, User


def get_or_create_house_account_id() -> int:
    """The id of the house account, created at first use."""
    found = User.objects.filter(email=HOUSE).first()
    if found is None:
        found = User.objects.create(email=HOUSE, name="BotCafé", password=make_password(None), is_deactivated=True)
    return int(found.pk)


def count_accounts() -> int:
    """The number of accounts without the house account."""
    return int(User.objects.exclude(email=HOUSE).count())
