"""The companions area as a Django app."""

from django.apps import AppConfig


class CompanionsConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.companions"
    label = "companions"
