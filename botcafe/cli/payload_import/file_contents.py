"""The bytes of files: taken from a folder by name, checked as any upload, and put into storage, one file at a time."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from botcafe.areas.accounts.files import receive
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cms.schema.errors import ApiError
from botcafe.cms.write import bulk
from botcafe.gateways.storage import storage

NO_FOLDER = "its bytes are not in the database; give their folder with --media, again is fine"
NOT_THERE = "no file of this name in the folder"


def waiting(arrival: PayloadImport, plan: CollectionPlan) -> Iterator[tuple[int, str, str]]:
    """The files of this source that have no content yet: id here, old name, kind."""
    ids = arrival.ids["media"]
    bare = {pk for pk, _ in bulk.iter_pairs(plan.of.model, "pk", "content_hash", content_hash="")}
    names = [c for c in ("id", "filename", "mime_type") if c in arrival.source.tables[plan.table]]
    for raw in arrival.source.rows(plan.table, names, "id"):
        row = dict(zip(names, raw, strict=True))
        new = ids.new.get(row["id"])
        if new in bare and new is not None:
            yield new, str(row.get("filename") or ""), str(row.get("mime_type") or "")


def bring_contents(
    model: Any, waits: list[tuple[int, str, str]], folder: Path | None, advance: Callable[[int], None]
) -> dict[str, Any]:
    """Fill in what is missing; what cannot be filled in is listed, and its row stays."""
    there = _by_name(folder) if folder else {}
    without = []
    for new, name, mime in waits:
        why = _fill(model, new, there.get(name), mime) if folder else NO_FOLDER
        if why:
            without.append({"name": name, "why": why})
        advance(1)
    return {"stored": len(waits) - len(without), "missing": len(without), "without": without}


def _by_name(folder: Path) -> dict[str, Path]:
    """All files below a folder by their name alone: a name out of the database never becomes a path."""
    found: dict[str, Path] = {}
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            found.setdefault(name, Path(place) / name)
    return found


def _fill(model: Any, new: int, path: Path | None, mime: str) -> str:
    """Store one file; returns why not, or nothing."""
    if path is None or path.is_symlink():
        return NOT_THERE
    try:
        received = receive(path.read_bytes(), mime)
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
    if not bulk.update_rows(model, {"pk": new, "content_hash": ""}, values):
        storage().delete(key)
    return ""
