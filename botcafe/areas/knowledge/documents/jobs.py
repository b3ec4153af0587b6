"""Reading documents, by the worker: fetched or taken from the storage, read, and kept in one transaction.

A worker that is killed in the middle leaves the row as it was, waiting; the next one begins again, and whoever is first
to keep the text is the only one.
"""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from botcafe.areas.knowledge.collections.knowledge import Knowledge
from botcafe.areas.knowledge.documents.fetch import FetchError, fetch_page
from botcafe.areas.knowledge.documents.ingest import store_document_text
from botcafe.areas.knowledge.hooks.originals import original_of
from botcafe.cms.schema.errors import ApiError
from botcafe.formats.documents.model import ImportedDocument
from botcafe.formats.documents.reader import read_document
from botcafe.formats.errors import FormatError
from botcafe.jobs.queue import enqueue
from botcafe.kit.db_errors import retry_on_conflict

OPEN = ("pending", "processing")
MAX_ATTEMPTS = 3
FIRST_WAIT_SECONDS = 20
# How far an entry is in percent; its vectors count from 10 on.
BEGUN, FETCHED, READ = 1, 4, 8
logger = logging.getLogger("botcafe.knowledge")


@task()
def ingest(entry: int) -> None:
    """Read the document of an entry that waits for it; what goes wrong is written on the row."""
    row = _begin(entry)
    if row is None:
        return
    try:
        retry_on_conflict(store_document_text, entry, _read(row))
    except FetchError as error:
        if error.may_pass and _tries(row) < MAX_ATTEMPTS:
            _again(entry, _tries(row), error.message)
        else:
            mark_failed(entry, error.message)
    except (FormatError, ApiError) as error:
        mark_failed(entry, error.message)
    except KeyError:
        mark_failed(entry, "The original of this document is gone; bring it again.")
    except Exception:
        logger.exception("A document could not be read: entry %s", entry)
        mark_failed(entry, "Something of ours failed while reading it; try again.")


def _begin(entry: int) -> Knowledge | None:
    """The row, marked as being read; None where there is nothing to read."""
    with transaction.atomic():
        rows = Knowledge.objects.select_for_update().filter(pk=entry, origin__kind="document")
        row: Knowledge | None = rows.first()
        if row is None or row.content_metadata_processing_status not in OPEN or not isinstance(row.origin, dict):
            return None
        row.origin = {**row.origin, "tries": _tries(row) + 1}
        row.content_metadata_processing_status = "processing"
        row.vectorization_progress = BEGUN
        row.save(update_fields=["origin", "content_metadata_processing_status", "vectorization_progress"])
        return row


def _tries(row: Knowledge) -> int:
    tries = row.origin.get("tries") if isinstance(row.origin, dict) else 0
    return tries if isinstance(tries, int) else 0


def _read(row: Knowledge) -> ImportedDocument:
    name = str(row.origin.get("file_name") or "document")
    if row.type == "url":
        fetched = fetch_page(str(row.content_metadata_source_url or ""))
        data, name = fetched.data, fetched.name
        _advance(row.pk, FETCHED)
    else:
        data = original_of(row)
    found = read_document(data, name)
    _advance(row.pk, READ)
    return found


def _advance(entry: int, progress: int) -> None:
    Knowledge.objects.filter(pk=entry, content_metadata_processing_status="processing").update(
        vectorization_progress=progress
    )


def _again(entry: int, tries: int, problem: str) -> None:
    """Try later; where jobs run at once, now."""
    with transaction.atomic():
        _mark(entry, "pending", problem)
        if settings.JOBS == "database":
            wait = dt.timedelta(seconds=FIRST_WAIT_SECONDS * 3 ** (tries - 1))
            ingest.using(run_after=timezone.now() + wait).enqueue(entry=entry)
            return
    ingest.call(entry=entry)


def mark_failed(entry: int, problem: str) -> None:
    """Write on a row why its document could not be read."""
    with transaction.atomic():
        _mark(entry, "failed", problem)


def _mark(entry: int, status: str, problem: str) -> None:
    row = Knowledge.objects.select_for_update().filter(pk=entry).first()
    if row is None or row.content_metadata_processing_status not in OPEN:
        return
    row.origin = {**row.origin, "problem": problem[:500]}
    row.content_metadata_processing_status = status
    row.vectorization_progress = 0
    row.save(update_fields=["origin", "content_metadata_processing_status", "vectorization_progress"])


def resume_documents() -> None:
    """Ask anew for what a worker that is gone has left; what is asked for twice is read for nothing, and kept once."""
    with transaction.atomic():
        rows = Knowledge.objects.filter(content_metadata_processing_status__in=OPEN, origin__kind="document")
        for entry in rows.order_by("id").values_list("pk", flat=True):
            enqueue(ingest, entry=entry)
