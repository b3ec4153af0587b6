"""What a database keeps of rows that are deleted: freed pages, logs, segments of word indexes, and our own snapshots."""

import shutil
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from botcafe.areas.companions.messages.full_text import TABLE

SNAPSHOTS = "snapshots"
TRIES, PAUSE_SECONDS = 20, 0.5


class PagesBusyError(Exception):
    """Somebody reads the old pages for long; the next run tries again."""


def rewrite_pages() -> None:
    """Give back what deleted rows have left. Raises PagesBusyError where a reader keeps SQLite's log."""
    # VACUUM runs in no transaction: only tests are in one.
    if connection.in_atomic_block:
        return
    if connection.vendor == "postgresql":
        _vacuum_postgresql()
    else:
        _vacuum_sqlite()


def _vacuum_postgresql() -> None:
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f"VACUUM {connection.ops.quote_name(name)}")


def _vacuum_sqlite() -> None:
    with connection.cursor() as cursor:
        # The segments of a word index keep the words of deleted rows until they are merged.
        cursor.execute(f"INSERT INTO {TABLE}({TABLE}) VALUES ('optimize')")
        cursor.execute("VACUUM")
        for _ in range(TRIES):
            if not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                return
            time.sleep(PAUSE_SECONDS)
    raise PagesBusyError("the write-ahead log is in use")


def delete_snapshots() -> int:
    """Delete the snapshots of migrations and restores: they hold what was just erased. Returns how many."""
    found = sorted((Path(settings.DATA) / SNAPSHOTS).glob("botcafe-*"))
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(found)
