"""Exports of accounts: made by a job, kept for some days, read by their owner alone."""

from django.db import models

from botcafe.gateways.storage import StoredColumn, declare_stored


class AccountExport(models.Model):
    """One export: queued, running, done or failed. Its zip lies in the storage under ``storage_key`` until ``ends_at``."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    state = models.TextField(default="queued")
    asked_at = models.TextField()
    started_at = models.TextField(default="")
    ends_at = models.TextField(default="", db_index=True)
    # So far: files, and their bytes in the zip.
    files = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    storage_key = models.TextField(null=True)

    # No collection: clients never see this table.
    is_internal = True

    class Meta:
        verbose_name = "account export"
        indexes = (models.Index(fields=("user", "state"), name="account_export_of_owner"),)

    def __str__(self) -> str:
        return f"export {self.pk} of account {self.user_id}"


declare_stored(StoredColumn("accounts.AccountExport", "storage_key"))
