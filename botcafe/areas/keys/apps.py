"""The keys area as a Django app."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.keys"
    label = "keys"
