"""What came in from an old database: which of its rows is which of ours, so that a second run makes no second copy."""

from django.db import models


class ImportedRow(models.Model):
    """One row of an old database. ``source`` tells databases apart, ``collection`` is a slug."""

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
