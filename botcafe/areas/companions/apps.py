"""The app of the companions area."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CompanionsConfig(AppConfig):
    """Bots, chats and what is said in them."""

    name = "botcafe.areas.companions"
    label = "companions"

    def ready(self) -> None:
        """Let the word index go before every migration, and make it anew after it."""
        from botcafe.areas.companions.messages.full_text import drop_triggers, rebuild_index

        pre_migrate.connect(drop_triggers, sender=self)
        post_migrate.connect(rebuild_index, sender=self)
