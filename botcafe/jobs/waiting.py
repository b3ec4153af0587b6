"""What waits in the queue."""

from dataclasses import dataclass

from django.db.models import Case, Count, F, Min, When
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max


@dataclass(frozen=True, slots=True)
class WaitingJobs:
    """The jobs of one kind that are due, and how long the oldest of them has been."""

    job: str
    count: int
    oldest_seconds: float


def list_waiting_jobs() -> list[WaitingJobs]:
    """All kinds of jobs that wait."""
    # A job for later waits from then on; the others have the last of all days there.
    due_at = Case(When(run_after=get_date_max(), then=F("enqueued_at")), default=F("run_after"))
    rows = DBTaskResult.objects.ready().order_by().values("task_path").annotate(count=Count("pk"), due=Min(due_at))
    moment = timezone.now()
    return [
        WaitingJobs(row["task_path"].rpartition(".")[2], row["count"], max(0.0, (moment - row["due"]).total_seconds()))
        for row in rows
    ]
