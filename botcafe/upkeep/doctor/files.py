"""Files: those of rows that are not on the disk, and those on the disk that no row names."""

import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

from django.conf import settings

from botcafe.gateways.storage import storage
from botcafe.upkeep.doctor.findings import Findings, ask_database
from botcafe.upkeep.stored_keys import find_known_keys, list_stored_keys

# A file is written before the row that names it: what is younger may be on its way.
SETTLED_SECONDS = 3600
BATCH_FILES = 500
# Within the data folder: nothing that somebody may miss is deleted.
ASIDE = "unused"
ASIDE_ADVICE = f"`botcafe doctor --fix` moves them to {ASIDE}/ in the data folder."


def check_files(found: Findings) -> None:
    """Look for both."""
    _check_rows(found)
    _check_disk(found)


def _check_rows(found: Findings) -> None:
    advice = "Bring them back from a backup, or delete the rows."
    for stored in list_stored_keys(ask_database):
        # Asked again: the row may have been deleted since, and its file with it.
        if stored.is_ours and not _is_there(stored.key) and find_known_keys(ask_database, [stored.key]):
            found.add("files of rows that are not on the disk", f"{stored.model} {stored.row_id}", advice=advice)


def _is_there(key: str) -> bool:
    try:
        return storage().path_of(key).is_file()
    except KeyError:
        return False


def _check_disk(found: Findings) -> None:
    files = (path for path in storage().list_paths() if _is_settled(path))
    while some := list(islice(files, BATCH_FILES)):
        known = find_known_keys(ask_database, [path.name for path in some])
        for path in some:
            if path.name not in known:
                mended = found.is_mending and _put_aside(path)
                found.add("files that no row names", path.name, advice=ASIDE_ADVICE, mended=mended)


def _is_settled(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime < time.time() - SETTLED_SECONDS
    return False


def _put_aside(path: Path) -> bool:
    folder = Path(settings.DATA) / ASIDE
    folder.mkdir(mode=0o700, exist_ok=True)
    path.rename(folder / path.name)
    return True
