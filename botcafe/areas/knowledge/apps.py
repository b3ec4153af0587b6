"""The knowledge area as a Django app."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.knowledge"
    label = "knowledge"
