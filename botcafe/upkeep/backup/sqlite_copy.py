"""A SQLite database: copied while others write, and looked through from end to end."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from botcafe.areas.companions.messages.full_text import STORED_TRIGGERS
from botcafe.upkeep.backup.errors import BackupError
from botcafe.upkeep.query import Query
from botcafe.upkeep.steps import Advance

PAGES_AT_A_TIME = 1024
_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
    "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
)

_ACTIONS = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name"


def size_of_database(path: Path) -> int:
    """Bytes of a database, as SQLite counts them."""
    with closing(_open(path, "ro")) as source:
        pages, size = source.execute("SELECT * FROM pragma_page_count, pragma_page_size").fetchone()
        return int(pages) * int(size)


def copy_database(path: Path, copy: Path, advance: Advance) -> None:
    """Copy a database as it is at this moment; nobody who writes meanwhile waits, or gets into the copy.

    Raises BackupError where its pages cannot be read, or the copy cannot be written.
    """
    try:
        _copy_pages(path, copy, advance)
    except sqlite3.Error as error:
        is_damaged = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        what = "the database is damaged" if is_damaged else "the database cannot be copied"
        raise BackupError(f"{what}: {error}. No backup was written") from error


def _copy_pages(path: Path, copy: Path, advance: Advance) -> None:
    with closing(_open(path, "ro")) as source, closing(sqlite3.connect(copy)) as target:
        # The open read keeps this moment: without it the copying would begin anew at each write of another process.
        source.execute("BEGIN")
        size = int(source.execute("SELECT * FROM pragma_page_size").fetchone()[0])
        source.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        done = 0

        def count(status: int, left: int, total: int) -> None:
            nonlocal done
            advance((total - left - done) * size)
            done = total - left

        source.backup(target, pages=PAGES_AT_A_TIME, progress=count)
        # One file, without a log beside it.
        target.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def open_copy(path: Path) -> Iterator[Query]:
    """Ask a copy that nobody else has open."""
    with closing(_open(path, "ro")) as database:

        def query(statement: str) -> Sequence[tuple[object, ...]]:
            return database.execute(statement).fetchall()

        yield query


def check_integrity(path: Path, *, thorough: bool) -> str:
    """What is wrong with a database, in words; "" where nothing is. ``thorough`` compares indexes with rows too."""
    with closing(_open(path, "ro")) as database:
        pragma = "integrity_check" if thorough else "quick_check"
        verdict = str(database.execute(f"PRAGMA {pragma}(1)").fetchone()[0])
        if verdict != "ok":
            return verdict
        broken = database.execute("PRAGMA foreign_key_check").fetchone() if thorough else None
        return f"row {broken[1]} of {broken[0]} names a row of {broken[2]} that is not there" if broken else ""


def list_foreign_actions(query: Query) -> list[str]:
    """Names of triggers and views that are none of ours: they would act on what people write later."""
    return [str(name) for name, statement in query(_ACTIONS) if statement not in STORED_TRIGGERS]


def list_tables(query: Query) -> list[str]:
    """All tables with rows of their own."""
    return [str(name) for (name,) in query(_TABLES)]


def _open(path: Path, mode: str) -> sqlite3.Connection:
    if not path.exists():
        raise BackupError(f"there is no database at {path}")
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=15)
