"""The first job of a worker: resume what a killed one has left."""

from django.conf import settings
from django.db import transaction
from django_tasks import task

from botcafe.areas.knowledge.documents.jobs import resume_documents
from botcafe.areas.knowledge.index.jobs import embed_rows
from botcafe.jobs.dead_tasks import requeue_dead_tasks
from botcafe.jobs.queue import enqueue
from botcafe.jobs.renamed_tasks import rename_queued_tasks
from botcafe.search.messages import embed_indexed_messages
from botcafe.search.repair import MODELS, index_missing, resume_embedding


def start_work() -> None:
    """At the start of a worker: bring an older queue up to date, and queue what a killed worker has left."""
    # A job that an older version has queued while (or after) the database was migrated must be found too.
    rename_queued_tasks()
    requeue_dead_tasks(settings.DATA)
    with transaction.atomic():
        enqueue(resume_all)
        for kind in MODELS:
            enqueue(index_older_rows, kind=kind, after=0)


@task()
def resume_all() -> None:
    """Release old claims, start a new embedding space if configured, and ask for everything that is due."""
    resume_embedding()
    resume_documents()
    embed_rows.enqueue()
    embed_indexed_messages.enqueue()


@task()
def index_older_rows(kind: str, after: int) -> None:
    """Index a slice of the rows that a version without an index has left, and queue the next one."""
    last = index_missing(kind, after)
    with transaction.atomic():
        if last:
            # Behind everything that waits already: nobody is kept waiting by an upgrade.
            enqueue(index_older_rows, kind=kind, after=last)
        elif after:
            enqueue(embed_rows)
