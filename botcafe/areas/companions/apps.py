"""The app of the companions area."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CompanionsConfig(AppConfig):
    """Bots, chats, personas and presets."""

    name = "botcafe.areas.companions"
    label = "companions"

    def ready(self) -> None:
        """Drop the full-text triggers before every migration, and rebuild the index after it."""
        # Imported late: the models are not loaded when this module is.
        from botcafe.areas.companions.messages.full_text import drop_triggers, rebuild_index

        pre_migrate.connect(drop_triggers, sender=self)
        post_migrate.connect(rebuild_index, sender=self)
