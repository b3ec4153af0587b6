"""Stores the text of a document that was read, as one entry or, if it is very long, several in one transaction."""

from django.db import transaction

from botcafe.areas.knowledge.collections.knowledge import Knowledge, count_entries
from botcafe.areas.knowledge.collections.knowledge_collection import KnowledgeCollection, next_revision
from botcafe.areas.knowledge.hooks.indexing import index_one
from botcafe.cms.schema.errors import Conflict
from botcafe.formats.documents.model import ImportedDocument, count_words, reading_minutes
from botcafe.kit.instants import now
from botcafe.retrieval import sources

OPEN = ("pending", "processing")
MAX_PART_CHARACTERS = 200_000
READ_PROGRESS = 10
# Titles that programs write into files by themselves.
MEANINGLESS_TITLES = ("untitled", "microsoft word", "document", "print", "slide 1", "no title")
COPIED = (
    "user_id",
    "knowledge_collection_id",
    "type",
    "tags",
    "content_metadata_source_url",
    "activation_settings_activation_mode",
    "privacy_settings_privacy_level",
)


def store_document_text(entry: int, found: ImportedDocument) -> None:
    """Store the text of a document in its entry, in one transaction. Raises Conflict where the text exists already.

    Does nothing where the entry was deleted or another worker has finished it.
    """
    with transaction.atomic():
        book = Knowledge.objects.filter(pk=entry).values_list("knowledge_collection", flat=True).first()
        # Locking the collection makes the twin checks of parallel jobs run one after the other.
        list(KnowledgeCollection.objects.select_for_update().filter(pk=book or 0).values_list("pk"))
        row = Knowledge.objects.select_for_update().filter(pk=entry).first()
        if row is None or row.content_metadata_processing_status not in OPEN:
            return
        _refuse_twin(row, found)
        waits = [_finished(each) for each in _rows(row, found)]
        count_entries(row.knowledge_collection_id)
        next_revision(row.knowledge_collection_id)
        # One embedding job for all parts instead of one per part.
        if any(waits):
            sources.enqueue_embedding("knowledge", row.user_id)


def _refuse_twin(row: Knowledge, found: ImportedDocument) -> None:
    twins = Knowledge.objects.filter(
        user=row.user_id,
        knowledge_collection=row.knowledge_collection_id,
        content_metadata_content_hash__startswith=found.content_hash,
    )
    twin = twins.exclude(pk=row.pk).order_by("id").first()
    if twin is not None:
        raise Conflict(f"Its text is the same as that of “{twin.title}”, which is in this collection already.")


def _rows(row: Knowledge, found: ImportedDocument) -> list[Knowledge]:
    """Fill the entry with the (first part of the) text, and create entries for further parts."""
    texts = split_long_text(found.text)
    title = _title(row, found)
    first = dict(row.origin) | {"problem": None, "kind_of_file": found.kind}
    if found.code_language:
        first["code_language"] = found.code_language
    shared = {name: getattr(row, name) for name in COPIED}
    rows = [row]
    for number, text in enumerate(texts, 1):
        each = row if number == 1 else Knowledge(**shared, created_timestamp=now())
        each.origin = first if number == 1 else {"kind": "document", "part_of": row.pk, "part": number}
        each.title = title if len(texts) == 1 else f"{title} ({number} of {len(texts)})"
        _fill(each, text, found, f"{found.content_hash}-{number}" if len(texts) > 1 else found.content_hash)
        each.save()
        if number > 1:
            rows.append(each)
    return rows


def _title(row: Knowledge, found: ImportedDocument) -> str:
    """The document's own title, unless it is meaningless or the user has renamed the entry meanwhile."""
    given = row.title or ""
    if given not in {row.origin.get("file_name"), row.content_metadata_source_url, ""}:
        return given
    if row.type == "text" or found.title.lower().startswith(MEANINGLESS_TITLES):
        return given or found.title
    return found.title or given


def _fill(row: Knowledge, text: str, found: ImportedDocument, mark: str) -> None:
    words = count_words(text)
    row.entry = text
    row.modified_timestamp = now()
    row.content_metadata_author = found.author or None
    row.content_metadata_language = found.language or None
    row.content_metadata_word_count = words
    row.content_metadata_reading_time_minutes = reading_minutes(words)
    row.content_metadata_content_hash = mark
    row.content_metadata_processing_status = "completed"


def _finished(row: Knowledge) -> bool:
    """Index an entry; True where its vectors are still to be made."""
    waits = index_one("knowledge", row)
    progress: object = READ_PROGRESS if waits else None
    Knowledge.objects.filter(pk=row.pk).update(vectorization_progress=progress)
    return waits


def split_long_text(text: str, longest: int = MAX_PART_CHARACTERS) -> list[str]:
    """A text in parts of at most ``longest`` characters, cut between paragraphs, lines or words where there are any."""
    parts: list[str] = []
    while len(text) > longest:
        # Not before the middle of a part, or a single early paragraph break would make tiny parts.
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := text.rfind(mark, longest // 2, longest)) > 0), longest)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text] if text or not parts else parts
