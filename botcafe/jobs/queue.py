"""Jobs are rows of the same transaction as the change that asks for them: both or neither."""

from typing import Any

from django_tasks.base import Task

# Mails have a thread of their own in the worker: somebody waits for the link, and a model may take minutes.
MAIL_QUEUE = "mail"
# A job that takes longer goes on behind those that wait by then, so that nobody's import holds up the others.
SLICE_SECONDS = 5.0


def enqueue(job: Task[Any, Any], **arguments: object) -> None:
    """Ask for a job; the worker sees it once the transaction is committed."""
    job.enqueue(**arguments)
