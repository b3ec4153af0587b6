"""The knowledge area as a Django app."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """Registers the area's tables, and lore and memories as indexed sources."""

    name = "botcafe.areas.knowledge"
    label = "knowledge"

    def ready(self) -> None:
        """Register lore and memories with the index."""
        from botcafe.areas.knowledge.index.sources import register_sources

        register_sources()
