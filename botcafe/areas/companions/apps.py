"""The app of the companions area."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CompanionsConfig(AppConfig):
    """Bots, chats and what is said in them."""

    name = "botcafe.areas.companions"
    label = "companions"

    def ready(self) -> None:
        """Keep the word index after every migration."""
        from botcafe.areas.companions.words import keep_words

        post_migrate.connect(keep_words, sender=self)
