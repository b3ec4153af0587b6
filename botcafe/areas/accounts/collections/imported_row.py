"""Maps rows of an imported database to ours, so that a repeated import makes no duplicates."""

from django.db import models


class ImportedRow(models.Model):
    """One imported row. ``source`` identifies the database, ``collection`` is a slug."""

    source = models.TextField()
    collection = models.TextField()
    old_id = models.BigIntegerField()
    new_id = models.BigIntegerField()

    is_internal = True

    class Meta:
        verbose_name = "imported row"
        constraints = (models.UniqueConstraint(fields=("source", "collection", "old_id"), name="imported_row_once"),)

    def __str__(self) -> str:
        return f"{self.collection} {self.old_id} of {self.source} is {self.new_id} here"
