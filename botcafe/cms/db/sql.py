"""Runs compiled statements on the database driver itself: Django's cursor layers cost more than a small query."""

import re
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from botcafe.cms.db.commits import count_statement
from botcafe.cms.db.thread_connection import thread_connection

T = TypeVar("T")
# A row as the driver returns it, or the values of a statement: their types are those of the columns.
DbRow: TypeAlias = tuple[Any, ...]
_PLACEHOLDER = re.compile(r"(?<!%)%s")


@cache
def database_vendor() -> str:
    """``sqlite`` or ``postgresql``: one installation has one database."""
    return connection.vendor


class Statement:
    """SQL with its parameters, some of them markers; ready for the driver of the present connection."""

    __slots__ = ("params", "sql")

    def __init__(self, sql: str, params: DbRow) -> None:
        # Django writes %s for every database; the sqlite3 driver wants ?, and Django's cursor would rewrite it at every
        # call.
        if database_vendor() == "sqlite":
            sql = _PLACEHOLDER.sub("?", sql).replace("%%", "%")
        self.sql, self.params = sql, params


def fetch_rows(sql: str, params: Sequence[object]) -> list[DbRow]:
    """All rows of a statement, read with the driver's own cursor. Retries once where the connection was lost."""
    present = _open_connection()
    if present.force_debug_cursor or present.execute_wrappers:
        return _run_through_django(sql, params, lambda cursor: list(cursor.fetchall()))
    rows: list[DbRow]
    try:
        rows = present.connection.execute(sql, params).fetchall()
    # Each driver has errors of its own, and only a closed connection matters here.
    except Exception:
        with present.wrap_database_errors:
            if not _reconnect_if_lost(present):
                raise
            rows = present.connection.execute(sql, params).fetchall()
    count_statement(present, sql)
    return rows


def fetch_rows_within(sql: str, params: Sequence[object], max_bytes: int) -> list[DbRow] | None:
    """All rows of a statement, counted as they come; None where their texts have more than ``max_bytes``."""
    present = _open_connection()
    if present.force_debug_cursor or present.execute_wrappers:
        return _take_rows(_run_through_django(sql, params, lambda cursor: list(cursor.fetchall())), max_bytes)
    try:
        return _take_rows(_streamed_rows(present, sql, params), max_bytes)
    except Exception:
        with present.wrap_database_errors:
            if not _reconnect_if_lost(present):
                raise
            return _take_rows(_streamed_rows(present, sql, params), max_bytes)


def _streamed_rows(present: BaseDatabaseWrapper, sql: str, params: Sequence[object]) -> Iterator[DbRow]:
    if database_vendor() == "sqlite":
        yield from present.connection.execute(sql, params)
        return
    # A plain cursor of this driver takes all rows into memory before it hands out the first.
    with present.connection.cursor() as cursor:
        coming = cursor.stream(sql, params)
        try:
            for row in coming:  # noqa: UP028 - `yield from` would close the stream before what follows
                yield row
        finally:
            # Left in the middle, the driver would cancel the statement, and with it the transaction around it.
            deque(coming, maxlen=0)


def _take_rows(rows: Iterable[DbRow], max_bytes: int) -> list[DbRow] | None:
    kept = []
    for row in rows:
        max_bytes -= sum(len(value) for value in row if isinstance(value, str))
        if max_bytes < 0:
            return None
        kept.append(row)
    return kept


def _reconnect_if_lost(present: BaseDatabaseWrapper) -> bool:
    """Whether the connection had been lost outside any transaction and was replaced, so that a retry is safe."""
    # Inside a transaction the work so far is gone with the connection, and a retry would keep half of it.
    if present.in_atomic_block or not getattr(present.connection, "closed", False):
        return False
    present.close()
    present.ensure_connection()
    return True


def execute_statement(sql: str, params: Sequence[object]) -> int:
    """Run a statement that returns no rows, with the driver's own cursor; returns the number of affected rows."""
    present = _open_connection()
    if present.force_debug_cursor or present.execute_wrappers:
        return _run_through_django(sql, params, lambda cursor: int(cursor.rowcount))
    with present.wrap_database_errors:
        affected = int(present.connection.execute(sql, params).rowcount)
    count_statement(present, sql)
    return affected


def _open_connection() -> Any:
    present = thread_connection()
    if present.connection is None:
        present.ensure_connection()
    return present


def _run_through_django(sql: str, params: Sequence[Any], read: Callable[[CursorWrapper], T]) -> T:
    """Run the statement through Django's cursor, so that assertNumQueries and debug logging see it."""
    written = sql.replace("%", "%%").replace("?", "%s") if database_vendor() == "sqlite" else sql
    with connection.cursor() as cursor:
        wrapped: CursorWrapper = cursor
        wrapped.execute(written, params)
        return read(wrapped)


def is_too_complex(error: Exception) -> bool:
    """Whether the database could not take a statement for its size or depth."""
    text = str(error)
    return any(
        words in text for words in ("parser stack overflow", "Expression tree is too large", "stack depth limit")
    )


class StatementCache:
    """A bounded cache of compiled statements; the oldest entry is dropped first."""

    def __init__(self, size: int = 512) -> None:
        self.size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The cached value of the key, made with ``make`` on first use."""
        found: T | None = self._kept.get(key)
        if found is not None:
            return found
        # Made outside the lock: two threads may compile the same statement, but none waits for another's.
        made = make()
        with self._lock:
            self._kept[key] = made
            if len(self._kept) > self.size:
                self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        """Drop all entries, for tests that change the database."""
        self._kept.clear()
