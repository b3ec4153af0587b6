"""The job that reads documents: fetch or load the file, extract its text, store it in one transaction.

A killed worker leaves the row pending, and the next one starts over; the first to store the text wins.
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
from botcafe.kit.db_errors import StorageAwayError, retry_on_conflict

OPEN = ("pending", "processing")
MAX_ATTEMPTS = 3
FIRST_WAIT_SECONDS = 20
# How far an entry is in percent; its vectors count from 10 on.
BEGUN, FETCHED, READ = 1, 4, 8
logger = logging.getLogger("botcafe.knowledge")
STORAGE_AWAY = "The storage of files did not answer; try again later."


@task()
def ingest(entry: int) -> None:
    """Read the document of a pending entry. Failures are written on the row and not raised."""
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
    except StorageAwayError:
        if _tries(row) < MAX_ATTEMPTS:
            _again(entry, _tries(row), STORAGE_AWAY)
        else:
            mark_failed(entry, STORAGE_AWAY)
    # The storage raises it for a missing file.
    except KeyError:
        mark_failed(entry, "The original of this document is gone; bring it again.")
    except Exception:
        logger.exception("A document could not be read: entry %s", entry)
        mark_failed(entry, "Something of ours failed while reading it; try again.")


def _begin(entry: int) -> Knowledge | None:
    """Mark the row as being read and return it; None where there is nothing to read."""
    with transaction.atomic():
        rows = Knowledge.objects.select_for_update().filter(pk=entry, origin__kind="document")
        row: Knowledge | None = rows.first()
        if row is None or row.content_metadata_processing_status not in OPEN or not isinstance(row.origin, dict):
            return None
        # Counted before reading, so that an attempt counts whatever becomes of it.
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
    # Filtered by status, so that a slow worker cannot move the progress of an entry that another one has finished.
    Knowledge.objects.filter(pk=entry, content_metadata_processing_status="processing").update(
        vectorization_progress=progress
    )


def _again(entry: int, tries: int, problem: str) -> None:
    """Queue another attempt, later and later; at once where jobs run immediately (tests)."""
    with transaction.atomic():
        _mark(entry, "pending", problem)
        if settings.JOBS == "database":
            # 20 s, then 60 s: an overloaded site needs more than a moment.
            wait = dt.timedelta(seconds=FIRST_WAIT_SECONDS * 3 ** (tries - 1))
            ingest.using(run_after=timezone.now() + wait).enqueue(entry=entry)
            return
    ingest.call(entry=entry)


def mark_failed(entry: int, problem: str) -> None:
    """Mark a document as failed, with the reason that its page shows."""
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
    """Queue every unfinished document again, at worker start. A document queued twice is stored only once."""
    with transaction.atomic():
        rows = Knowledge.objects.filter(content_metadata_processing_status__in=OPEN, origin__kind="document")
        for entry in rows.order_by("id").values_list("pk", flat=True):
            enqueue(ingest, entry=entry)
