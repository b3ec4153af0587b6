"""Importing the bytes of files: found in a folder by name, checked like uploads, and put into storage."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from botcafe.areas.accounts.files import check_file
from botcafe.areas.accounts.pictures.thumbnails import Focus, has_thumbnails, thumbnail_url
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cms.schema.errors import ApiError
from botcafe.cms.write import bulk
from botcafe.gateways.storage import storage

NO_FOLDER_REASON = "its bytes are not in the database; give their folder with --media, again is fine"
MISSING_FILE_REASON = "no file of this name in the folder"


def files_without_content(state: PayloadImport, plan: CollectionPlan) -> Iterator[tuple[int, str, str]]:
    """Files of this source that have no content yet: new id, old name, media type."""
    ids = state.ids["media"]
    bare = {pk for pk, _ in bulk.iter_pairs(plan.collection.model, "pk", "content_hash", content_hash="")}
    names = [c for c in ("id", "filename", "mime_type") if c in state.source.tables[plan.table]]
    for raw in state.source.rows(plan.table, names, "id"):
        row = dict(zip(names, raw, strict=True))
        old = row["id"]
        new = ids.new_ids.get(old) if isinstance(old, int) else None
        if new in bare and new is not None:
            yield new, str(row.get("filename") or ""), str(row.get("mime_type") or "")


def import_contents(
    model: object, waits: list[tuple[int, str, str]], folder: Path | None, advance: Callable[[int], None]
) -> dict[str, object]:
    """Store the missing contents; a file that cannot be stored is listed, and its row stays."""
    there = _files_by_name(folder) if folder else {}
    without = []
    for new, name, mime in waits:
        why = _store_content(model, new, there.get(name), mime) if folder else NO_FOLDER_REASON
        if why:
            without.append({"name": name, "why": why})
        advance(1)
    return {"stored": len(waits) - len(without), "missing": len(without), "without": without}


def _files_by_name(folder: Path) -> dict[str, Path]:
    """All files below a folder by their name alone."""
    # A name from the database must never become a path, so files are looked up by name instead of opened by it.
    found: dict[str, Path] = {}
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            found.setdefault(name, Path(place) / name)
    return found


def _value(model: Any, row_id: int, column: str) -> Any:
    return next((value for _, value in bulk.iter_pairs(model, "pk", column, pk=row_id)), None)


def _store_content(model: Any, new: int, path: Path | None, mime: str) -> str:
    """Store the content of one file; returns the reason if it cannot be stored, else ""."""
    if path is None or path.is_symlink():
        return MISSING_FILE_REASON
    try:
        received = check_file(path.read_bytes(), mime)
        key = storage().put(received.data)
    except OSError as error:
        return f"it cannot be read or stored: {error.strerror}"
    except ApiError as error:
        return error.message
    values = {
        "storage_key": key,
        "content_hash": received.content_hash,
        "mime_type": received.mime,
        "filesize": float(len(received.data)),
        "width": received.width,
        "height": received.height,
    }
    # Its small copies are made when they are first asked for.
    if has_thumbnails(received.mime, received.width, received.height):
        named, x, y = (_value(model, new, column) for column in ("filename", "focal_x", "focal_y"))
        values["thumbnail_url"] = thumbnail_url(str(named), received.content_hash, Focus.of(x, y))
    # Another run may have stored it meanwhile.
    if not bulk.update_rows(model, {"pk": new, "content_hash": ""}, values):
        storage().delete(key)
    return ""
