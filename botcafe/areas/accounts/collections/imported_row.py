"""Maps rows of an imported database to ours, so that a repeated import makes no duplicates."""

from django.db import models


class ImportedRow(models.Model):
    """One imported row. ``source`` is the name of its database, ``collection`` a slug.

    It stays when our row is deleted: what was deleted is not imported again.
    """

    source = models.TextField()
    collection = models.TextField()
    old_id = models.BigIntegerField()
    new_id = models.BigIntegerField()

    # No collection: clients never see this table.
    is_internal = True

    class Meta:
        verbose_name = "imported row"
        constraints = (models.UniqueConstraint(fields=("source", "collection", "old_id"), name="imported_row_once"),)

    def __str__(self) -> str:
        return f"{self.collection} {self.old_id} of {self.source} is {self.new_id} here"
