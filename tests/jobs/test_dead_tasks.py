"""Jobs of killed workers are done by the next."""

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from botcafe.jobs.dead_tasks import GIVEN_UP, MAX_ATTEMPTS, requeue_dead_tasks
from botcafe.kit.process_locks import FOLDER, mark_alive
from tests.jobs.test_upgrade import queued

WELCOME = "botcafe.areas.accounts.jobs.send_welcome_mail"


def running(*workers: str, started: dt.timedelta = dt.timedelta(minutes=1)) -> DBTaskResult[Any, Any]:
    """A mail that a worker has taken up."""
    row = queued(WELCOME, email="alice@cafe.test", name="Alice")
    DBTaskResult.objects.filter(pk=row.pk).update(
        status=TaskResultStatus.RUNNING, worker_ids=list(workers), started_at=timezone.now() - started
    )
    row.refresh_from_db()
    return row


def dead_worker(data: Path) -> str:
    """The mark of a worker that has ended."""
    name = uuid.uuid4().hex
    (data / FOLDER).mkdir(exist_ok=True)
    (data / FOLDER / f"{name}.lock").touch()
    return name


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_dead_worker_is_done_by_the_next(tmp_path: Path, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "mail"]}}
    row = running(dead_worker(tmp_path))
    assert requeue_dead_tasks(tmp_path) == 1
    mail.outbox.clear()
    call_command("db_worker", "--batch", "--queue-name", "*", verbosity=0)
    row.refresh_from_db()
    assert row.status == TaskResultStatus.SUCCESSFUL
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_job_of_a_living_or_unknown_worker_stays_with_it(tmp_path: Path) -> None:
    alive = uuid.uuid4().hex
    mark_alive(tmp_path, alive)
    rows = [running(alive), running("of-another-machine")]
    assert requeue_dead_tasks(tmp_path) == 0
    assert {DBTaskResult.objects.get(pk=row.pk).status for row in rows} == {TaskResultStatus.RUNNING}
    old = running("of-another-machine", started=dt.timedelta(days=2))
    assert requeue_dead_tasks(tmp_path) == 1
    assert DBTaskResult.objects.get(pk=old.pk).status == TaskResultStatus.READY


@pytest.mark.django_db
def test_a_job_that_ends_every_worker_is_given_up(tmp_path: Path) -> None:
    row = running(*(dead_worker(tmp_path) for _ in range(MAX_ATTEMPTS)))
    assert requeue_dead_tasks(tmp_path) == 0
    row.refresh_from_db()
    assert (row.status, row.traceback) == (TaskResultStatus.FAILED, GIVEN_UP)
