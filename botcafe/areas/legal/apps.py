"""The legal area as a Django app."""

from django.apps import AppConfig


class LegalConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.legal"
    label = "legal"
