"""The copy of a database that others write, and files of any size: one moment, and little memory."""

import sqlite3
import threading
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from botcafe.upkeep.backup import sqlite_copy
from botcafe.upkeep.backup.archive import ArchiveWriter, open_archive
from botcafe.upkeep.backup.manifest import Manifest
from botcafe.upkeep.backup.sqlite_copy import check_integrity, copy_database
from tests.upkeep.backup.progress import SILENT

MEGABYTE = 1 << 20
SIZE = 64


def test_a_database_is_copied_as_it_was_at_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes between any two of its pages, and is not kept waiting."""
    monkeypatch.setattr(sqlite_copy, "PAGES_AT_A_TIME", 1)
    path, copy = tmp_path / "live.sqlite3", tmp_path / "copy.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE message (number INTEGER, text TEXT)")
        database.executemany("INSERT INTO message VALUES (?, ?)", [(n, "x" * 2000) for n in range(300)])
        database.commit()
        written = 0

        def write(done: int) -> None:
            nonlocal written
            assert written < 2000, "the copying begins anew at each write"
            # Two rows or none: half of a transaction would be an odd number.
            database.executemany("INSERT INTO message VALUES (?, ?)", [(written, "y"), (written, "z")])
            database.commit()
            written += 2

        copy_database(path, copy, write)
    assert written > 200
    assert check_integrity(copy, thorough=True) == ""
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT COUNT(*) FROM message").fetchone() == (300,)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("copy")] == ["copy.sqlite3"]


def test_large_files_go_through_in_pieces(tmp_path: Path) -> None:
    """Sixty-four megabytes in, and out again, with a few in memory."""
    path, piece = tmp_path / "large.zip", bytes(range(256)) * (MEGABYTE // 256)
    tracemalloc.start()
    try:
        with path.open("wb") as file, ArchiveWriter(file) as archive:
            archive.add("database.sqlite3", (piece for _ in range(SIZE)), lambda count: None)
            archive.finish(Manifest("2026-11-30T12:00:00Z", "1.0", "sqlite", (), {}, tuple(archive.files)))
        with open_archive(path, SILENT) as reader:
            reader.copy(reader.manifest.database, None, lambda count: None)
            assert reader.manifest.database.size == SIZE * MEGABYTE
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_writers_and_readers_of_one_file_wait_for_nobody(tmp_path: Path) -> None:
    """The copy holds a read alone: a writer in another thread ends while it is open."""
    path = tmp_path / "live.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE message (text TEXT)")
        database.commit()
    ended = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=0.1)) as other, other:
            other.execute("INSERT INTO message VALUES ('said meanwhile')")
        ended.set()

    def advance(count: int) -> None:
        if not ended.is_set():
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(10)

    copy_database(path, tmp_path / "copy.sqlite3", advance)
    assert ended.is_set()
