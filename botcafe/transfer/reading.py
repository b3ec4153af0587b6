"""Reading a file for an import: detected by its content, with format errors as answers to the caller."""

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden
from botcafe.formats.detect import ImportedFile, read_file
from botcafe.formats.errors import FormatError
from botcafe.transfer.outcome import ImportOutcome, api_error_of

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


def new_outcome(found: ImportedFile) -> ImportOutcome:
    """An outcome without items, for a file of this kind."""
    kind = KIND_LABELS[found.kind]
    if found.kind == "card":
        kind = f"{kind} ({found.cards[0].spec.upper()})"
    return {"kind": kind, "created": [], "skipped": [], "warnings": list(found.warnings)}
