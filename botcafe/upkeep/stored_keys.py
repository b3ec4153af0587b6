"""Which files the rows of a database name, read by plain SQL: of the database in use, or of a copy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
from django.apps import apps
from django.db import models

from botcafe.areas.accounts.pictures.thumbnails import original_of
from botcafe.gateways.storage import StoredColumn, stored_columns
from botcafe.upkeep.query import Query

PAGE_ROWS = 500


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A row that names a file; ``is_ours`` where we stored that file, and must have it."""

    model: str
    row_id: int
    key: str
    is_ours: bool


def list_stored_keys(query: Query) -> Iterator[StoredKey]:
    """All files that rows name, page by page."""
    for column in stored_columns():
        yield from _keys_of_column(query, column)


def find_known_keys(query: Query, keys: Sequence[str]) -> set[str]:
    """Those of some keys that rows name, with those of small copies of a picture that a row names."""
    by_original: dict[str, list[str]] = {}
    for key in keys:
        by_original.setdefault(original_of(key), []).append(key)
    return {key for found in _find_named(query, list(by_original)) for key in by_original[found]}


def _find_named(query: Query, keys: Sequence[str]) -> set[str]:
    known: set[str] = set()
    # They go into the statement, which only our own letters may.
    fit = ", ".join(f"'{key}'" for key in keys if key.replace("-", "").replace("_", "").isalnum() and key.isascii())
    for each in stored_columns() if fit else ():
        meta = apps.get_model(each.model)._meta
        column = meta.get_field(each.column).column
        known |= {str(key) for (key,) in query(f'SELECT "{column}" FROM "{meta.db_table}" WHERE "{column}" IN ({fit})')}
    return known


def _keys_of_column(query: Query, column: StoredColumn) -> Iterator[StoredKey]:
    meta = apps.get_model(column.model)._meta
    fields = [meta.get_field(name.removesuffix("_id")) for name in (column.column, *column.beside)]
    names = ", ".join(f'"{field.column}"' for field in fields)
    last = 0
    while True:
        rows = query(
            f'SELECT id, {names} FROM "{meta.db_table}" WHERE id > {last} AND "{fields[0].column}" IS NOT NULL '
            f"ORDER BY id LIMIT {PAGE_ROWS}"
        )
        for row_id, key, *beside in rows:
            values = [_decoded(field, value) for field, value in zip(fields[1:], beside, strict=True)]
            yield StoredKey(column.model, int(str(row_id)), str(key), column.is_ours(str(key), *values))
        if len(rows) < PAGE_ROWS:
            return
        last = int(str(rows[-1][0]))


def _decoded(field: object, value: object) -> object:
    # Past the ORM, JSON comes as its text.
    return orjson.loads(value) if isinstance(field, models.JSONField) and isinstance(value, str) else value
