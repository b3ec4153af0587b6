"""The analytics area as a Django app."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.analytics"
    label = "analytics"
