"""Bulk access without rules and hooks, for the commands that import, export or repair whole databases; and locks of tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
from django.db import connection, models

from botcafe.cms.db.sql import DbRow

# Below the number of parameters in one statement that older SQLite builds allow (999).
BATCH_ROWS = 500


def column_attributes(model: type[models.Model]) -> list[str]:
    """The attributes of all columns of a table, the id first."""
    return [f.attname for f in model._meta.concrete_fields]


def insert_rows(model: type[models.Model], names: Sequence[str], rows: list[DbRow]) -> None:
    """Write rows in one statement; values of JSON columns are given as they are, not as text."""
    if not rows:
        return
    fields = {f.attname: f for f in model._meta.concrete_fields}
    as_json = [i for i, name in enumerate(names) if isinstance(fields[name], models.JSONField)]
    listed = ", ".join(_quote_name(fields[name].column) for name in names)
    holes = ", ".join(["%s"] * len(names))
    text = f"INSERT INTO {_quote_name(model._meta.db_table)} ({listed}) VALUES ({holes})"
    with connection.cursor() as cursor:
        # One statement for many rows: model instances cost more than the insert itself.
        cursor.executemany(text, [_with_json_text(row, as_json) for row in rows] if as_json else rows)


def _with_json_text(row: DbRow, as_json: list[int]) -> list[Any]:
    values = list(row)
    for i in as_json:
        if values[i] is not None:
            values[i] = orjson.dumps(values[i]).decode()
    return values


def _id_column(model: type[models.Model]) -> str:
    return _quote_name(model._meta.pk.column)


def _quote_name(name: str | None) -> str:
    return connection.ops.quote_name(str(name))


def iter_pairs(model: type[models.Model], first: str, second: str, **where: Any) -> Iterator[tuple[Any, Any]]:
    """Two columns of the rows that ``where`` names, in the order of their ids."""
    rows = model._default_manager.filter(**where).order_by("pk").values_list(first, second)
    yield from rows.iterator(chunk_size=5000)


def distinct_tuples(model: type[models.Model], names: Sequence[str]) -> set[DbRow]:
    """The values of some columns in all rows."""
    return set(model._default_manager.values_list(*names).iterator(chunk_size=5000))


def has_rows(model: type[models.Model], **where: Any) -> bool:
    """True where a row is there."""
    return model._default_manager.filter(**where).exists()


def chunked(items: Iterable[Any], size: int = BATCH_ROWS) -> Iterator[list[Any]]:
    """The items in lists of at most ``size``."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def existing_ids(model: type[models.Model], ids: Iterable[int]) -> set[int]:
    """The ids that have a row."""
    found: set[int] = set()
    for chunk in chunked(ids):
        found |= set(model._default_manager.filter(pk__in=chunk).values_list("pk", flat=True))
    return found


def iter_related(model: type[models.Model], names: tuple[str, str], ids: Iterable[int]) -> Iterator[tuple[Any, Any]]:
    """The two columns of all rows whose first column holds one of the ids, in the order of the rows."""
    for chunk in chunked(ids):
        rows = model._default_manager.filter(**{f"{names[0]}__in": chunk}).order_by("pk")
        yield from rows.values_list(*names)


def clear_column(model: type[models.Model], name: str, ids: Iterable[int]) -> int:
    """Set a column to NULL where it holds one of the ids; returns how often it did."""
    rows = model._default_manager
    return sum(rows.filter(**{f"{name}__in": chunk}).update(**{name: None}) for chunk in chunked(ids))


def update_rows(model: type[models.Model], where: Mapping[str, object], values: Mapping[str, object]) -> int:
    """Write the same values into all rows that ``where`` names; returns their number."""
    return model._default_manager.filter(**where).update(**values)


def set_column(model: type[models.Model], name: str, values: Iterable[tuple[Any, int]]) -> None:
    """Write one column: pairs of value and id."""
    column = next(f.column for f in model._meta.concrete_fields if f.attname == name)
    text = f"UPDATE {_quote_name(model._meta.db_table)} SET {_quote_name(column)} = %s WHERE {_id_column(model)} = %s"
    with connection.cursor() as cursor:
        for chunk in chunked(values, 5000):
            cursor.executemany(text, chunk)


def advance_ids(model: type[models.Model], least: int) -> None:
    """Move the id sequence on, so that the next new row gets an id above ``least``."""
    with connection.cursor() as cursor:
        last = _last_id(cursor, model)
        if least <= last:
            return
        if connection.vendor == "postgresql":
            name = _quote_name(model._meta.db_table)
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [name, least])
            return
        # SQLite has the row of a table in sqlite_sequence only after its first insert.
        cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [least, model._meta.db_table])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [model._meta.db_table, least])


def _last_id(cursor: Any, model: type[models.Model]) -> int:
    """The largest id that was ever given out."""
    table = model._meta.db_table
    cursor.execute(f"SELECT COALESCE(MAX({_id_column(model)}), 0) FROM {_quote_name(table)}")
    largest = int(cursor.fetchone()[0])
    if connection.vendor == "postgresql":
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [_quote_name(table)])
        # A sequence that was never used reports last_value 1 although no id was given out.
        cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {cursor.fetchone()[0]}")
    else:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    row = cursor.fetchone()
    return max(largest, int(row[0]) if row else 0)


def reserve_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Reserve ``count`` ids. On SQLite they hold within the present transaction, which is the only writer."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            name = _quote_name(model._meta.db_table)
            text = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(text, [name, count])
            return [int(row[0]) for row in cursor.fetchall()]
        last = _last_id(cursor, model)
    advance_ids(model, last + count)
    return range(last + 1, last + count + 1)


def lock_tables(*held: type[models.Model]) -> None:
    """Block other writers of these tables until the transaction ends. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        listed = ", ".join(_quote_name(model._meta.db_table) for model in held)
        with connection.cursor() as cursor:
            # This mode excludes writers but not readers, so pages keep working during an import.
            cursor.execute(f"LOCK TABLE {listed} IN SHARE ROW EXCLUSIVE MODE")
