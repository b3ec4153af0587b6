"""The job that erases accounts, and what starts it."""

import logging

from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from botcafe.areas.accounts.collections.erasure import Erasure
from botcafe.areas.accounts.leaving.requests import list_due_erasures, remind_leavers
from botcafe.jobs.queue import enqueue
from botcafe.transfer.erasure.run import run_erasure

logger = logging.getLogger("botcafe.accounts")


@task()
def erase_due_accounts() -> None:
    """Erase all accounts that are due; one that fails does not keep the others, and is tried again a minute later."""
    failed: Exception | None = None
    for number in list_due_erasures():
        try:
            run_erasure(number)
        except Exception as error:
            logger.exception("erasure %s was broken off", number)
            failed = error
    if failed is not None:
        raise failed


def ask_for_erasures() -> None:
    """Remind those whose day is near, and queue the job where something is due and it does not wait already."""
    remind_leavers()
    waiting = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    path = erase_due_accounts.module_path
    if list_due_erasures() and not DBTaskResult.objects.filter(task_path=path, status__in=waiting).exists():
        enqueue(erase_due_accounts)


def run_due_erasure(account: int) -> dict[str, int]:
    """Erase an account that is due, here and now; how many rows of each kind went."""
    row = Erasure.objects.get(account=account, finished_at="")
    return run_erasure(row.pk) or {}
