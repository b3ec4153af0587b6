"""The staff site as a Django app."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """Builds a page for every collection once all are known."""

    name = "botcafe.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        """Register the pages."""
        from botcafe.backoffice import site

        site.register_all()
