"""Search as a Django app."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Registers messages as an indexed source; holds no table."""

    name = "botcafe.search"
    label = "search"

    def ready(self) -> None:
        """Register messages with the index."""
        from botcafe.retrieval.sources import IndexedSource, register_source
        from botcafe.search.messages import MESSAGE_READER, refresh_messages, remove_chat

        register_source(IndexedSource("message", MESSAGE_READER, refresh_messages, remove_chat))
