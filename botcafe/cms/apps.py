"""The collection engine as a Django app: its start-up checks."""

from django.apps import AppConfig


class CmsConfig(AppConfig):
    """Registers the checks."""

    name = "botcafe.cms"
    label = "cms"

    def ready(self) -> None:
        """Load the checks once all tables are known."""
        from botcafe.cms.schema import checks as schema_checks

        schema_checks.register_checks()
