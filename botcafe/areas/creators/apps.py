"""The creators area as a Django app."""

from django.apps import AppConfig


class CreatorsConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.creators"
    label = "creators"
