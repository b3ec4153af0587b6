"""The wellbeing area as a Django app."""

from django.apps import AppConfig


class WellbeingConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.wellbeing"
    label = "wellbeing"
