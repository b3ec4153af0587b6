"""Tells Django about the tables of retrieval."""

from django.apps import AppConfig


class RetrievalConfig(AppConfig):
    """Vectors and words."""

    name = "botcafe.retrieval"
    label = "retrieval"
    default_auto_field = "django.db.models.BigAutoField"
