"""Inserting thousands of rows: model objects and Django's compiler cost ten times what the database does."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models

BATCH_ROWS = 500


def insert_like(template: models.Model, varying: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Insert rows that are like an unsaved template but for the ``varying`` columns, in their order.

    The values have the types of their columns; hooks and signals do not run.
    """
    fields = [field for field in template._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    holes = ", ".join(["%s"] * len(fields))
    statement = f'INSERT INTO "{template._meta.db_table}" ({names}) VALUES ({holes})'
    fixed = [field.get_db_prep_save(getattr(template, field.attname), connection) for field in fields]
    attributes = [field.attname for field in fields]
    places = [attributes.index(name) for name in varying]
    adapters = [_adapter(fields[place]) for place in places]

    def values(row: Sequence[object]) -> list[Any]:
        made: list[Any] = fixed.copy()
        for place, adapt, value in zip(places, adapters, row, strict=True):
            made[place] = adapt(value)
        return made

    waiting = iter(rows)
    with connection.cursor() as cursor:
        while batch := [values(row) for row in islice(waiting, BATCH_ROWS)]:
            cursor.executemany(statement, batch)


def _adapter(field: models.Field[Any, Any]) -> Callable[[object], object]:
    if isinstance(field, models.JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    return lambda value: value
