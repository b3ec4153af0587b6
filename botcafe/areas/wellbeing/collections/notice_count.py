"""How many notices were shown on a day: the figures of the yearly report. No account, no chat and no text is kept."""

from django.db import models


class NoticeCount(models.Model):
    """One sum: a day (UTC, as 2026-12-01), a region ("" where it is not known), what the notice was about, how many."""

    day = models.TextField()
    region = models.TextField(default="")
    # "ai", or the kind of danger that a crisis notice answered.
    kind = models.TextField()
    is_minor = models.BooleanField(default=False)
    count = models.IntegerField(default=0)

    # No collection: only the report reads it.
    is_internal = True

    class Meta:
        verbose_name = "notice count"
        constraints = (models.UniqueConstraint(fields=("day", "region", "kind", "is_minor"), name="notice_count_once"),)

    def __str__(self) -> str:
        return f"{self.kind} on {self.day}: {self.count}"
