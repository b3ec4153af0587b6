"""What an import made and skipped, in the shape that `POST /api/import` answers and the import page shows."""

from typing import Any, TypedDict

from botcafe.cms.schema.errors import ApiError
from botcafe.formats.errors import FormatError


class SkippedItem(TypedDict):
    """Something that was not imported, and the reason in one sentence."""

    what: str
    why: str


class CreatedItem(TypedDict, total=False):
    """A row that was made; a preview has no `id`, and `first_lines` shows its text. `slug` is that of a bot."""

    collection: str
    id: int
    name: str
    slug: str
    count: int
    first_lines: str
    greetings: int
    lore: str
    bots: list[dict[str, Any]]
    user_name: str


class ImportOutcome(TypedDict, total=False):
    """One file: its kind in words, and what came of it. `error` and `status` are set where it was refused.

    `existing` is what came of the same file before, and was left as it is; `updated` is what was brought up to the file.
    """

    file: str
    kind: str | None
    created: list[CreatedItem]
    skipped: list[SkippedItem]
    existing: list[CreatedItem]
    updated: list[CreatedItem]
    warnings: list[str]
    dry_run: bool
    error: str
    status: int


def api_error_of(error: FormatError) -> ApiError:
    """The answer to a file that cannot be read: 413 where it is too large, else 400."""
    refusal = ApiError(str(error))
    refusal.status = 413 if error.code == "too_large" else 400
    return refusal


def file_stem(file_name: str) -> str:
    """The file name without folders and extension."""
    base = file_name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[0] if "." in base else base
