"""Which sealed secrets of a database do not open, by plain SQL: of the database in use, or of a copy."""

from collections.abc import Iterator

from django.apps import apps

from botcafe.kit.sealed import SealedColumn, check_token, sealed_columns
from botcafe.kit.secrets import KeyRing, SecretError
from botcafe.upkeep.query import Query
from botcafe.upkeep.stored_keys import PAGE_ROWS


def list_unopenable(query: Query, ring: KeyRing) -> Iterator[str]:
    """The rows, as ``keys.ApiKey 12``, whose tokens the ring does not open."""
    for column in sealed_columns():
        for row_id, bound_id, token in _list_tokens(query, column):
            try:
                check_token(ring, token, column.place(bound_id))
            except SecretError:
                yield f"{column.model} {row_id}"


def _list_tokens(query: Query, column: SealedColumn) -> Iterator[tuple[int, int, str]]:
    table, last = apps.get_model(column.model)._meta.db_table, 0
    while True:
        rows = query(
            f'SELECT id, "{column.bound_to}", "{column.column}" FROM "{table}" WHERE id > {last} '
            f'AND "{column.column}" IS NOT NULL ORDER BY id LIMIT {PAGE_ROWS}'
        )
        for row_id, bound_id, token in rows:
            yield int(str(row_id)), int(str(bound_id)), str(token)
        if len(rows) < PAGE_ROWS:
            return
        last = int(str(rows[-1][0]))
