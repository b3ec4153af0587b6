"""The help area as a Django app."""

from django.apps import AppConfig


class HelpConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.help"
    label = "help"
