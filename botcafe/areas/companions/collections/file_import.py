"""Files that an account has imported, by their contents, so that the same file does not come in twice unasked."""

from django.db import models


class FileImport(models.Model):
    """One file: the SHA-256 of its bytes, and the rows that came of it, as ``POST /api/import`` has told of them."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    digest = models.TextField()
    rows = models.JSONField()

    # No collection: clients never see this table.
    is_internal = True

    class Meta:
        verbose_name = "file import"
        constraints = (models.UniqueConstraint(fields=("user", "digest"), name="file_imported_once"),)

    def __str__(self) -> str:
        return f"file {self.digest[:12]} of account {self.user_id}"
