"""Tasks that moved or were renamed. The queue stores a task by its dotted path, and an older queue must still run."""

from typing import Any

from django_tasks.base import TaskResultStatus

RENAMED_TASKS = {
    "botcafe.chat.remembering.remember_chat": "botcafe.chat.summaries.jobs.remember_chat",
    "botcafe.areas.companions.recall.index_messages": "botcafe.search.messages.index_messages",
    "botcafe.areas.knowledge.jobs.embed_rows": "botcafe.areas.knowledge.index.jobs.embed_rows",
    "botcafe.areas.knowledge.resuming.resume_all": "botcafe.search.resume.resume_all",
    "botcafe.areas.knowledge.ingest_jobs.ingest": "botcafe.areas.knowledge.documents.jobs.ingest",
}
"""Old path → new path of every task that ever moved; an entry stays for good. Arguments are stored by name and keep theirs."""

UNFINISHED = (TaskResultStatus.READY.value, TaskResultStatus.RUNNING.value)


def rename_queued_tasks(model: Any = None) -> int:
    """Write the new paths into unfinished rows of the queue: how many changed. Safe to repeat.

    ``model`` is the table of the queue as a migration sees it; today's by default.
    """
    if model is None:
        from django_tasks_db.models import DBTaskResult

        model = DBTaskResult
    changed = 0
    for old, new in RENAMED_TASKS.items():
        changed += model.objects.filter(task_path=old, status__in=UNFINISHED).update(task_path=new)
    return changed
