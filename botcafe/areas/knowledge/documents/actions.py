"""Adding documents to a collection: the row is created at once, a job reads the content."""

import hashlib

from django.db import transaction
from django.db.models import QuerySet

from botcafe.areas.accounts.files import safe_name
from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, Knowledge, count_entries
from botcafe.areas.knowledge.collections.knowledge_collection import KnowledgeCollection
from botcafe.areas.knowledge.documents.fetch import check_page_url
from botcafe.areas.knowledge.documents.jobs import ingest
from botcafe.areas.knowledge.hooks.originals import key_of, seal_of
from botcafe.areas.knowledge.lore.books import book_for, delete_entry, entry_for, may_change
from botcafe.areas.knowledge.lore.field_map import clean_text
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, Conflict, Forbidden, NotFound, TooLarge
from botcafe.formats.documents.detect import detect_document_kind
from botcafe.formats.documents.model import MAX_DOCUMENT_BYTES
from botcafe.formats.errors import FormatError
from botcafe.formats.limits import MIB
from botcafe.gateways.storage import storage
from botcafe.jobs.queue import enqueue
from botcafe.kit.addresses import GuardedAddressError
from botcafe.kit.compensation import compensate_on_failure
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject

MAX_LISTED = 200
Made = JsonObject


def add_document(actor: Actor, collection_id: int, name: str, data: bytes, kind: str = "") -> Made:
    """Add a file to a collection: ``{id, name, processing_status}``; a job reads it.

    ``kind`` is the entry's type where it is not told by the content. Raises NotFound, Forbidden, Conflict (the same file
    is there already, by its name), TooLarge, and ApiError with what is wrong with the file.
    """
    book = _writable(actor, collection_id)
    name = safe_name(clean_text(name) or "document")
    found = _check_kind(data, name)
    file_hash = hashlib.sha256(data).hexdigest()
    _refuse_duplicate(actor, collection_id, origin__file_hash=file_hash)
    user = int(actor.id or 0)
    kind = kind or ("code" if found == "code" else "document")
    # The file is stored before the row exists; if the row fails, the file is deleted again.
    with compensate_on_failure():
        key = storage().put(data)
        origin = {"kind": "document", "file_name": name, "file_hash": file_hash, "seal": seal_of(user, key), "tries": 0}
        return _create_entry(book, user, type=kind, title=name, r2_file_key=key, origin=origin)


def add_text_document(actor: Actor, collection_id: int, text: str, title: str = "") -> Made:
    """Add a plain text to a collection as a document; answer and errors as of ``add_document``."""
    return add_document(actor, collection_id, title or "Text", text.encode("utf8", "replace"), "text")


def add_url_document(actor: Actor, collection_id: int, url: str) -> Made:
    """Add a web page or file by its URL: ``{id, name, processing_status}``; a job fetches it.

    Raises NotFound, Forbidden, Conflict (it is there already) and BadRequest for an address that is not called.
    """
    book = _writable(actor, collection_id)
    try:
        place = check_page_url(url[:4000])
    except GuardedAddressError as error:
        raise BadRequest(str(error)) from None
    _refuse_duplicate(actor, collection_id, content_metadata_source_url=place)
    origin = {"kind": "document", "url": place, "tries": 0}
    return _create_entry(
        book, int(actor.id or 0), type="url", title=place, content_metadata_source_url=place, origin=origin
    )


def retry_document(actor: Actor, collection_id: int, entry_id: int) -> Made:
    """Queue a failed document again. Raises NotFound, Forbidden, and Conflict where it did not fail."""
    with transaction.atomic():
        row = _own_document(actor, collection_id, entry_id)
        if row.content_metadata_processing_status != "failed":
            raise Conflict("This document did not fail; there is nothing to try again.")
        if row.type != "url" and key_of(row.user_id, row.r2_file_key, row.origin) is None:
            raise Conflict("The original of this document is gone; bring it again.")
        row.origin = {**row.origin, "tries": 0, "problem": None}
        row.content_metadata_processing_status = "pending"
        row.vectorization_progress = 0
        row.save(update_fields=["origin", "content_metadata_processing_status", "vectorization_progress"])
        enqueue(ingest, entry=row.pk)
    return document_payload(Knowledge.objects.get(pk=row.pk))


def remove_document(actor: Actor, collection_id: int, entry_id: int) -> None:
    """Delete a document's entry; its original goes with it. Raises NotFound and Forbidden."""
    if entry_for(actor, entry_id).knowledge_collection_id != collection_id:
        raise NotFound
    delete_entry(actor, entry_id)


def documents_in(actor: Actor, collection_id: int) -> list[JsonObject]:
    """The documents of a collection with their progress, newest first. Raises NotFound.

    Each: ``{id, name, title, type, source_url, processing_status, vector_status, progress, problem, words, language,
    part_of}``; progress is a whole number from 0 to 100.
    """
    book_for(actor, collection_id)
    rows = _documents(KNOWLEDGE.visible_to(actor)).filter(knowledge_collection=collection_id).order_by("-id")
    # The text of a document may have a megabyte, and the list does not show it.
    return [_progress(row) for row in rows.defer("entry")[:MAX_LISTED]]


def document_payload(row: Knowledge) -> Made:
    """The JSON of a document: ``{id, name, processing_status, problem?}``."""
    status = row.content_metadata_processing_status
    made: Made = {"id": row.pk, "name": row.title or "", "processing_status": status}
    problem = row.origin.get("problem") if isinstance(row.origin, dict) else None
    return {**made, "problem": problem} if problem else made


def _documents(rows: QuerySet[Knowledge]) -> QuerySet[Knowledge]:
    return rows.filter(origin__kind="document", content_metadata_processing_status__isnull=False)


def _progress(row: Knowledge) -> JsonObject:
    origin = row.origin if isinstance(row.origin, dict) else {}
    status = row.content_metadata_processing_status
    is_done = status == "completed" and row.vector_status in (None, "completed")
    return {
        "id": row.pk,
        "name": str(origin.get("file_name") or row.content_metadata_source_url or row.title or ""),
        "title": row.title or "",
        "type": row.type,
        "source_url": row.content_metadata_source_url,
        "processing_status": status,
        "vector_status": row.vector_status,
        # 99 at most until it is done, so that a page never shows a finished bar for an unfinished document.
        "progress": 100 if is_done else max(0, min(99, int(row.vectorization_progress or 0))),
        "problem": str(origin["problem"]) if origin.get("problem") else None,
        "words": int(row.content_metadata_word_count or 0),
        "language": row.content_metadata_language,
        "part_of": origin.get("part_of"),
    }


def _writable(actor: Actor, collection_id: int) -> KnowledgeCollection:
    book = book_for(actor, collection_id)
    if not may_change(actor, book):
        raise Forbidden
    return book


def _own_document(actor: Actor, collection_id: int, entry_id: int) -> Knowledge:
    rows = _documents(KNOWLEDGE.visible_to(actor)).filter(pk=entry_id, knowledge_collection=collection_id)
    if not rows.exists():
        raise NotFound
    # 403 and not 404: the check above has shown that the actor may read the row.
    if not KNOWLEDGE.visible_to(actor, "update").filter(pk=entry_id).exists():
        raise Forbidden
    row: Knowledge = Knowledge.objects.select_for_update().get(pk=entry_id)
    return row


def _check_kind(data: bytes, name: str) -> str:
    if len(data) > MAX_DOCUMENT_BYTES:
        raise TooLarge(f"A document has at most {MAX_DOCUMENT_BYTES // MIB} MB.")
    try:
        return detect_document_kind(data, name)[0]
    except FormatError as error:
        raise (TooLarge if error.code == "too_large" else ApiError)(error.message) from error


def _refuse_duplicate(actor: Actor, collection_id: int, **same: object) -> None:
    """Raise Conflict where this user has the same document in the collection already, unless reading it failed."""
    rows = Knowledge.objects.filter(user=actor.id, knowledge_collection=collection_id, origin__kind="document", **same)
    first = rows.exclude(content_metadata_processing_status="failed").order_by("id").first()
    if first is not None:
        raise Conflict(f"“{first.title}” is the same, and is in this collection already.")


def _create_entry(book: KnowledgeCollection, user: int, **columns: object) -> Made:
    """Create the row and queue its job in one transaction. An entry in another user's collection is shared with them."""
    moment = now()
    with transaction.atomic():
        row = Knowledge.objects.create(
            user_id=user,
            knowledge_collection=book,
            entry="",
            created_timestamp=moment,
            modified_timestamp=moment,
            privacy_settings_privacy_level="private" if book.user_id == user else "shared",
            content_metadata_processing_status="pending",
            vectorization_progress=0,
            # Documents have no keys, so only similarity can activate them.
            activation_settings_activation_mode="vector",
            **columns,
        )
        count_entries(book.pk)
        enqueue(ingest, entry=row.pk)
    return document_payload(Knowledge.objects.get(pk=row.pk))
