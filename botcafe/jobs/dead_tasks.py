"""Jobs of workers that were killed: done again by the next worker, and given up where they end every worker."""

import datetime as dt
from pathlib import Path

from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from botcafe.kit.process_locks import is_known_dead

MAX_ATTEMPTS = 3
# Of workers that are not known here; no job of ours takes so long.
MAX_RUNNING = dt.timedelta(days=1)
GIVEN_UP = f"The worker was killed while it did this, {MAX_ATTEMPTS} times. It is not tried again."


def requeue_dead_tasks(data: Path) -> int:
    """Put jobs back into the queue whose worker is dead; returns how many. ``data`` is the folder of the workers' marks."""
    return sum(_requeue_task(row) for row in list_dead_tasks(data))


def list_dead_tasks(data: Path) -> list[DBTaskResult[..., object]]:
    """The jobs that are marked as running, and whose worker is dead."""
    rows = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    return [row for row in rows if _is_dead(data, row)]


def requeue_running_tasks() -> int:
    """Put all jobs that run back into the queue, where no worker of theirs can be: after a restore."""
    rows = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    return rows.update(status=TaskResultStatus.READY, started_at=None)


def _is_dead(data: Path, row: DBTaskResult[..., object]) -> bool:
    is_old = row.started_at is not None and row.started_at < timezone.now() - MAX_RUNNING
    return is_old or (bool(row.worker_ids) and is_known_dead(data, str(row.worker_ids[-1])))


def _requeue_task(row: DBTaskResult[..., object]) -> bool:
    # Another worker may have been sooner, and may be at it by now.
    same = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at)
    if len(row.worker_ids) < MAX_ATTEMPTS:
        return bool(same.update(status=TaskResultStatus.READY, started_at=None))
    same.update(status=TaskResultStatus.FAILED, finished_at=timezone.now(), traceback=GIVEN_UP)
    return False
