"""What names an account or its rows by number, outside the tables that relations reach: files, audit log, queue, lists."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from botcafe.areas.accounts.collections.audit_entry import AuditEntry
from botcafe.areas.accounts.collections.imported_row import ImportedRow
from botcafe.areas.accounts.collections.media import Media
from botcafe.areas.accounts.credentials.guesses import forgive_everybody
from botcafe.areas.accounts.pictures.thumbnails import Focus, forget_thumbnails
from botcafe.areas.companions.collections.bot import BotVersion
from botcafe.areas.companions.collections.persona import PersonaVersion
from botcafe.cms.schema.collection import all_collections
from botcafe.gateways.storage import storage, stored_columns
from botcafe.retrieval import vector_store
from botcafe.retrieval.models import Chunk, Posting, Segment, Tally, Waiting
from botcafe.transfer.erasure.run_state import RunningErasure

# Words of replies that ran when a process died, and their ends: named by process and reply.
REPLY_FOLDERS = ("replies", "spool")
FINISHED = (TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL)


def forget_files(table: type[models.Model], ids: list[Any]) -> None:
    """Delete the stored files of rows, before the rows: a run that is broken off between finds the rows again."""
    for column in stored_columns():
        if column.model != table._meta.label:
            continue
        rows = table._base_manager.filter(pk__in=ids).exclude(**{column.column: None})
        for key, *beside in rows.values_list(column.column, *column.beside):
            if key and column.is_ours(key, *beside):
                storage().delete(str(key))
    if table is Media:
        for key, x, y in Media.objects.filter(pk__in=ids).values_list("storage_key", "focal_x", "focal_y"):
            forget_thumbnails(key, Focus.of(x, y))


def forget_traces(table: type[models.Model], ids: list[Any]) -> None:
    """Cut rows out of the audit log and the list of imported rows, and delete what their replies have left in files."""
    label = table._meta.label
    slug = next((each.slug for each in all_collections() if each.model._meta.label == label), None)
    if slug is not None:
        AuditEntry.objects.filter(collection=slug, row__in=[str(each) for each in ids]).update(details=None, row=None)
        ImportedRow.objects.filter(collection=slug, new_id__in=ids).delete()
    if label == "companions.Generation":
        wanted = set(ids)
        for folder in REPLY_FOLDERS:
            for path in (Path(settings.DATA) / folder).glob("*-*"):
                number = path.name.rpartition("-")[2].partition(".")[0]
                if number.isdecimal() and int(number) in wanted:
                    path.unlink(missing_ok=True)


def forget_index(run: RunningErasure) -> None:
    """Empty the account's part of the index: words, vectors, and what waits for them."""
    vector_store.delete_vectors(tenant=run.account)
    for table in (Waiting, Posting, Chunk, Segment, Tally):
        table.objects.filter(tenant_id=run.account).delete()


def forget_queue(run: RunningErasure) -> None:
    """Delete the jobs that name the account or its address, and all that are over: their faults may quote anything."""
    forgive_everybody(run.address)
    DBTaskResult.objects.filter(status__in=FINISHED).delete()
    named = [
        row.pk
        for row in DBTaskResult.objects.filter(status=TaskResultStatus.READY).iterator()
        if _names(row.args_kwargs, run)
    ]
    for start in range(0, len(named), 500):
        DBTaskResult.objects.filter(pk__in=named[start : start + 500]).delete()


def _names(given: Any, run: RunningErasure) -> bool:
    values = given.get("kwargs", {}) if isinstance(given, dict) else {}
    is_account = run.account in (values.get("user"), values.get("user_id"))
    return is_account or (bool(run.address) and run.address in values.values())


def forget_versions(run: RunningErasure) -> None:
    """Cut the account out of versions of others' bots and personas that it has made."""
    for table in (BotVersion, PersonaVersion):
        table.objects.filter(made_by=run.account).update(made_by=None)
