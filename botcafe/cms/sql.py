"""Runs compiled statements on the database driver itself, past the layers that cost more than the query."""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorWrapper

T = TypeVar("T")
_PLACE = re.compile(r"(?<!%)%s")


@cache
def vendor() -> str:
    """``sqlite`` or ``postgresql``: one installation has one database."""
    return connection.vendor


class Statement:
    """SQL with its parameters, some of them markers; ready for the driver of the present connection."""

    __slots__ = ("params", "sql")

    def __init__(self, sql: str, params: tuple[Any, ...]) -> None:
        if vendor() == "sqlite":
            sql = _PLACE.sub("?", sql).replace("%%", "%")
        self.sql, self.params = sql, params


def fetch(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement written for the driver."""
    present = connections[DEFAULT_DB_ALIAS]
    if present.connection is None:
        present.ensure_connection()
    if present.force_debug_cursor or present.execute_wrappers:
        return _watched(sql, params)
    cursor = present.connection.execute(sql, params)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _watched(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    """The same through Django's cursor, for tests that count queries."""
    written = sql.replace("%", "%%").replace("?", "%s") if vendor() == "sqlite" else sql
    with connection.cursor() as cursor:
        wrapped: CursorWrapper = cursor
        wrapped.execute(written, params)
        return list(wrapped.fetchall())


class Shapes:
    """A bounded store of what was compiled, least recently used first out."""

    def __init__(self, size: int = 512) -> None:
        self.size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing under the key, made on first use."""
        found: T | None = self._kept.get(key)
        if found is not None:
            return found
        made = make()
        with self._lock:
            self._kept[key] = made
            if len(self._kept) > self.size:
                self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget everything, as when the database changes under a test."""
        self._kept.clear()
