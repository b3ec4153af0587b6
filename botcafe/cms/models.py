"""The one table of the engine itself: counts that all processes share."""

from django.db import models


class RateCount(models.Model):
    """How often something happened since its window began. The key holds no address and no name, only their hash."""

    key = models.TextField(primary_key=True)
    hits = models.BigIntegerField(default=0)
    ends_at = models.FloatField()

    is_internal = True

    class Meta:
        verbose_name = "rate count"
        indexes = (models.Index(fields=("ends_at",), name="rate_count_by_end"),)

    def __str__(self) -> str:
        return f"{self.hits} of {self.key.partition(':')[0]}"
