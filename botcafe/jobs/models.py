"""The table by which everybody knows whether a worker lives."""

from django.db import models


class WorkerHeartbeat(models.Model):
    """When a worker was last heard of, on the database's clock: workers may run on any machine."""

    name = models.CharField(max_length=64, primary_key=True)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
