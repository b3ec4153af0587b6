"""Reading a file for an import: detected by its content, with format errors as answers to the caller."""

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden
from botcafe.formats.detect import ImportedFile, read_file
from botcafe.formats.errors import FormatError
from botcafe.transfer.import_batch import ImportBatch
from botcafe.transfer.known_files import find_known_rows
from botcafe.transfer.outcome import ImportOutcome, api_error_of

KNOWN = "you have it already, from the same file"
KNOWN_OTHERWISE = "you have it already, from another version of this file"
KIND_LABELS = {
    "card": "character card",
    "backyard": "Backyard archive",
    "lorebook": "lorebook",
    "chat": "chat",
    "group": "group of characters",
    "personas": "personas",
    "preset": "preset",
}


def read_file_for(actor: Actor, data: bytes, name: str) -> ImportedFile:
    """The contents of a file. Raises Forbidden for guests, and ApiError for a file that cannot be read."""
    if not actor.is_signed_in:
        raise Forbidden
    try:
        return read_file(data, name)
    except FormatError as error:
        raise api_error_of(error) from error


def known_outcome(actor: Actor, digests: list[str], found: ImportedFile, batch: ImportBatch) -> ImportOutcome | None:
    """The outcome of a file whose contents are here already; None where it is to be imported.

    The first of `digests` is that of its bytes.
    """
    for number, digest in enumerate(digests):
        rows = [] if batch.same == "copy" or digest in batch.digests else find_known_rows(actor, digest)
        if rows:
            why = KNOWN_OTHERWISE if number else KNOWN
            batch.digests.update(digests)
            return {
                **new_outcome(found),
                "existing": rows,
                "skipped": [{"what": row["name"], "why": why} for row in rows],
            }
    batch.digests.update(digests)
    return None


def new_outcome(found: ImportedFile) -> ImportOutcome:
    """An outcome without items, for a file of this kind."""
    kind = KIND_LABELS[found.kind]
    if found.kind == "card":
        kind = f"{kind} ({found.cards[0].spec.upper()})"
    return {"kind": kind, "created": [], "skipped": [], "existing": [], "warnings": list(found.warnings)}
