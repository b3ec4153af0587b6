"""The accounts area as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Write the acts of admins into the audit log, whatever door they come through."""
        from botcafe.areas.accounts.audit import record_admin_change
        from botcafe.cms.write.admin_acts import on_admin_change

        on_admin_change(record_admin_change)
