"""The heartbeat of workers: a row that each writes every few seconds, on the database's clock."""

import datetime as dt

from django.db.models.functions import Now

from botcafe.jobs.models import WorkerHeartbeat

BEAT_SECONDS = 10.0
# A worker that is started again is back sooner, also one that has died twice.
MAX_SILENT_SECONDS = 60.0
KEPT = dt.timedelta(days=1)


def write_heartbeat(name: str) -> None:
    """Say that a worker lives, and forget those that have not been heard of for a day."""
    WorkerHeartbeat.objects.update_or_create(name=name, defaults={"beaten_at": Now()})
    WorkerHeartbeat.objects.filter(beaten_at__lt=Now() - KEPT).delete()


def seconds_since_heartbeat() -> float | None:
    """How long ago any worker was heard of; None where none ever was."""
    rows = WorkerHeartbeat.objects.annotate(moment=Now()).order_by("-beaten_at")
    found = rows.values_list("beaten_at", "moment").first()
    return max(0.0, (found[1] - found[0]).total_seconds()) if found else None
