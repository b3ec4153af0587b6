"""Raw statements of the index. Table and column names come from the models; values are always parameters.

The differences between SQLite and PostgreSQL that are not in the SQL itself are kept here.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from django.db import connection, models

if TYPE_CHECKING:
    from psycopg import Cursor

T = TypeVar("T")
SqlValue: TypeAlias = "int | float | str | bytes | list[int] | None"
SqlRow: TypeAlias = tuple[Any, ...]

# SQLite takes 32,766 parameters since 3.32 and 999 before; long IN lists do not get faster anyway.
MAX_PARAMETERS = 500
# Every statement that was written, with its model: a test explains each on both databases.
STATEMENTS: dict[str, type[models.Model]] = {}


def statement(text: str, model: type[models.Model]) -> str:
    """SQL with ``{table}`` and each ``{attribute}`` replaced by the model's names. KeyError for an unknown one."""
    columns = {field.attname: field.column for field in model._meta.concrete_fields}
    made = text.format(table=model._meta.db_table, placeholders="{placeholders}", **columns)
    STATEMENTS[made] = model
    return made


def with_placeholders(text: str, count: int) -> str:
    """A statement with its ``{placeholders}`` written out: ``(%s, %s)``."""
    return text.replace("{placeholders}", f"({', '.join(['%s'] * count)})")


def fetch_rows(text: str, values: Sequence[SqlValue] = ()) -> list[SqlRow]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall())


def fetch_blobs(text: str, values: Sequence[SqlValue] = ()) -> list[SqlRow]:
    """All rows of a statement that reads blobs, which come back as bytes."""
    if connection.vendor != "postgresql":
        return fetch_rows(text, values)
    # Django's cursor gets blobs as hexadecimal text, twice the bytes; psycopg's own can ask for binary.
    with psycopg_cursor() as cursor:
        cursor.execute(text, values, binary=True)
        return list(cursor.fetchall())


@contextmanager
def psycopg_cursor() -> "Iterator[Cursor[SqlRow]]":
    """A cursor of psycopg's own over the present connection, for values in binary and for COPY. On PostgreSQL only."""
    connection.ensure_connection()
    with connection.wrap_database_errors, import_module("psycopg").Cursor(connection.connection) as cursor:
        yield cursor


def execute(text: str, values: Sequence[SqlValue] = ()) -> int:
    """Run a statement: how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return int(cursor.rowcount)


def execute_many(text: str, rows: Sequence[Sequence[SqlValue]]) -> None:
    """Run a statement for each row of values."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(text, rows)


def batches(items: Iterable[T], size: int = MAX_PARAMETERS) -> Iterator[list[T]]:
    """The items in lists that fit into one statement."""
    every = list(items)
    for start in range(0, len(every), size):
        yield every[start : start + size]
