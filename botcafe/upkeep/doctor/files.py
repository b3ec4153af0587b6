"""Files: those of rows that are not on the disk, and those on the disk that no row names."""

import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

from django.conf import settings

from botcafe.gateways.storage import media_folder, storage
from botcafe.upkeep.doctor.findings import Findings
from botcafe.upkeep.query import ask_database
from botcafe.upkeep.stored_keys import find_known_keys, list_stored_keys

# A file is written before the row that names it: what is younger may be on its way.
SETTLED_SECONDS = 3600
BATCH_FILES = 500
# Within the data folder: nothing that somebody may miss is deleted.
ASIDE = "unused"
BUCKET_ADVICE = "Delete them there, below the prefix of BOTCAFE_STORAGE_URL; they harm nobody."
ASIDE_ADVICE = f"`botcafe doctor --fix` moves them to {ASIDE}/ in the data folder."


def check_files(found: Findings) -> None:
    """Look for both."""
    _check_rows(found)
    _check_disk(found)


def _check_rows(found: Findings) -> None:
    advice = "Bring them back from a backup, or delete the rows."
    for stored in list_stored_keys(ask_database):
        # Asked again: the row may have been deleted since, and its file with it.
        if stored.is_ours and not storage().has(stored.key) and find_known_keys(ask_database, [stored.key]):
            found.add("files of rows that are not on the disk", f"{stored.model} {stored.row_id}", advice=advice)


def _check_disk(found: Findings) -> None:
    if settings.STORAGE_URL:
        _check_bucket(found)
    folder = media_folder()
    files = (path for path in folder.list_paths() if _is_settled(path))
    while some := list(islice(files, BATCH_FILES)):
        known = find_known_keys(ask_database, [path.name for path in some])
        for path in some:
            if path.name not in known or not folder.is_in_place(path):
                mended = found.is_mending and _put_aside(path)
                shown = str(path.relative_to(folder.root))
                found.add("files that no row names", shown, advice=ASIDE_ADVICE, mended=mended)


def _check_bucket(found: Findings) -> None:
    files = (file for file in storage().list_files() if file.written < time.time() - SETTLED_SECONDS)
    while some := list(islice(files, BATCH_FILES)):
        known = find_known_keys(ask_database, [file.key for file in some])
        for file in some:
            if file.key not in known:
                found.add("files in the bucket that no row names", file.key, advice=BUCKET_ADVICE)


def _is_settled(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime < time.time() - SETTLED_SECONDS
    return False


def _put_aside(path: Path) -> bool:
    folder = Path(settings.DATA) / ASIDE
    folder.mkdir(mode=0o700, exist_ok=True)
    aside, number = folder / path.name, 1
    while aside.exists():
        number += 1
        aside = folder / f"{path.name}.{number}"
    path.rename(aside)
    return True
