"""The accounts area as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.accounts"
    label = "accounts"
