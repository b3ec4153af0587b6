"""Statements of the index over the present connection. Values are always parameters; blobs come back as bytes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.db import connection

MAX_PARAMETERS = 500


def fetch_rows(text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall())


def fetch_blobs(text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a statement, for such as hold blobs: PostgreSQL sends them as they are, not as hexadecimal text."""
    if connection.vendor != "postgresql":
        return fetch_rows(text, values)
    with psycopg_cursor() as cursor:
        cursor.execute(text, values, binary=True)
        return list(cursor.fetchall())


@contextmanager
def psycopg_cursor() -> Iterator[Any]:
    """A cursor of psycopg's own over the present connection, for values in binary and for COPY. On PostgreSQL only."""
    connection.ensure_connection()
    with connection.wrap_database_errors, import_module("psycopg").Cursor(connection.connection) as cursor:
        yield cursor


def execute(text: str, values: Sequence[Any] = ()) -> int:
    """Run a statement: how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return int(cursor.rowcount)


def execute_many(text: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement for each row of values."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(text, rows)


def placeholder_list(count: int) -> str:
    """So many holes for parameters: ``(%s, %s)``."""
    return f"({', '.join(['%s'] * count)})"


def batches(items: Iterable[Any], size: int = MAX_PARAMETERS) -> Iterator[list[Any]]:
    """The items in lists that fit into one statement."""
    every = list(items)
    for start in range(0, len(every), size):
        yield every[start : start + size]
