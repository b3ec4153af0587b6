"""Jobs are rows of the same transaction as the change that asks for them: both or neither."""

from typing import Any

from django_tasks.base import Task

# Somebody waits for it, as for a mail with a link; everything else is at 0.
SOON = 50


def enqueue(job: Task[Any, Any], **arguments: object) -> None:
    """Ask for a job; the worker sees it once the transaction is committed."""
    job.enqueue(**arguments)
