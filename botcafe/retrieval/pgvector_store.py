"""The pgvector store: one row per vector, as half floats of length 1, compared exactly by the database.

There is no approximate index, since it loses results under a tenant's filter. The table has 16 partitions by tenant.
"""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module

import numpy as np
from django.db import connection

from botcafe.retrieval import sql
from botcafe.retrieval.arrays import AnyArray, FloatArray, IdArray, VectorBatch, VectorMatches, VectorsLike
from botcafe.retrieval.packed_store import scale_vectors

BATCH_SIZE = 1024
# The migration 0002 makes this table, and no model stands for it: Django knows neither halfvec nor partitions.
_TABLE = "retrieval_halfvec"
_COPY = f"COPY {_TABLE}(tenant_id, space, kind, source, chunk, v) FROM STDIN WITH (FORMAT BINARY)"
_TYPES = ("int8", "int8", "int2", "int8", "int8", "bytea")
_IN_SPACE = f"FROM {_TABLE} WHERE tenant_id = %s AND space = %s AND kind = %s"
_NUMBERS = "string_agg(int8send(chunk), ''), string_agg(int8send(source), '')"
_made: set[str] = set()


def is_available() -> bool:
    """Whether the database has the table."""
    if connection.vendor != "postgresql":
        return False
    # Only a yes is cached: the table may be created while this process runs.
    name = str(connection.settings_dict["NAME"])
    if name not in _made and sql.fetch_rows(f"SELECT to_regclass('{_TABLE}') IS NOT NULL")[0][0]:
        _made.add(name)
    return name in _made


def create_table() -> bool:
    """Make the table where the extension came after the migration: whether it is there."""
    migration = import_module("botcafe.retrieval.migrations.0002_halfvec")
    return bool(migration.make(connection))


def add_vectors(
    tenant: int, space: int, kind: int, ids: Sequence[int], sources: Sequence[int], vectors: VectorsLike
) -> None:
    """Add vectors in the caller's transaction. Raises ValueError for a zero or non-finite vector."""
    floats = scale_vectors(vectors)
    halves = (floats / np.linalg.norm(floats, axis=1)[:, None]).astype(">f2")
    # halfvec's binary format: dimensions and an unused field, then big-endian half floats.
    head = np.array([halves.shape[1], 0], ">i2").tobytes()
    with sql.psycopg_cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for number, source, v in zip(ids, sources, halves, strict=True):
            copy.write_row((tenant, space, kind, int(source), int(number), head + v.tobytes()))


def remove_vectors(tenant: int, kind: int, sources: Iterable[int], space: int | None = None) -> int:
    """Remove the vectors of sources, from one space or all; returns how many."""
    where = "tenant_id = %s AND kind = %s AND source = ANY(%s)"
    values: list[sql.SqlValue] = [tenant, kind, sorted(set(sources))]
    if space is not None:
        where, values = f"{where} AND space = %s", [*values, space]
    return sql.execute(f"DELETE FROM {_TABLE} WHERE {where}", values)


def list_sources(tenant: int, space: int, kind: int) -> tuple[IdArray, IdArray]:
    """The chunk ids and source ids of all vectors, as two arrays."""
    row = sql.fetch_blobs(f"SELECT {_NUMBERS} {_IN_SPACE}", [tenant, space, kind])[0]
    return _array(row[0], ">i8"), _array(row[1], ">i8")


def scan_vectors(
    tenant: int, space: int, kind: int, query: VectorsLike, sources: IdArray | None = None
) -> VectorMatches:
    """Chunk ids, source ids and cosines of all vectors in scope, unordered, as of ``packed_store.scan_vectors``."""
    # Aggregated into one blob: reading 100,000 rows one by one costs the driver more than the comparison.
    text = f"SELECT {_NUMBERS}, string_agg(float4send((-(v <#> %s::halfvec))::real), '') {_IN_SPACE}"
    values: list[sql.SqlValue] = [str(np.asarray(query).tolist()), tenant, space, kind]
    if sources is not None:
        text, values = f"{text} AND source = ANY(%s)", [*values, [int(each) for each in sources]]
    row = sql.fetch_blobs(text, values)[0]
    return VectorMatches(_array(row[0], ">i8"), _array(row[1], ">i8"), _array(row[2], ">f4"))


def _array(blob: bytes | None, dtype: str) -> AnyArray:
    # PostgreSQL sends big-endian numbers; numpy is quick with the machine's own order only.
    return np.frombuffer(blob or b"", dtype).astype(dtype.replace(">", "="))


def get_vectors(tenant: int, space: int, kind: int, ids: Iterable[int], dims: int) -> dict[int, FloatArray]:
    """The vectors (float32, length 1) of some chunks, by chunk id."""
    text = f"SELECT chunk, halfvec_send(v) {_IN_SPACE} AND chunk = ANY(%s)"
    rows = sql.fetch_blobs(text, [tenant, space, kind, [int(each) for each in ids]])
    return {number: _floats(v) for number, v in rows}


def _floats(sent: bytes) -> FloatArray:
    halves = np.frombuffer(sent, ">f2", offset=4).astype(np.float32)
    unit: FloatArray = halves / np.linalg.norm(halves)
    return unit


def iter_vectors(tenant: int, space: int, kind: int) -> Iterator[VectorBatch]:
    """All vectors with their chunk ids and source ids, some at a time."""
    ids, src = list_sources(tenant, space, kind)
    for start in range(0, len(ids), BATCH_SIZE):
        some = slice(start, start + BATCH_SIZE)
        found = get_vectors(tenant, space, kind, ids[some], 0)
        yield VectorBatch(ids[some], src[some], np.stack([found[int(number)] for number in ids[some]]))


def delete_vectors(*, tenant: int | None = None, space: int | None = None, kind: int | None = None) -> None:
    """Delete all vectors, or those of a tenant, space or kind."""
    given = {"tenant_id": tenant, "space": space, "kind": kind}
    named = [(name, value) for name, value in given.items() if value is not None]
    where = " AND ".join([f"{name} = %s" for name, _ in named] or ["TRUE"])
    sql.execute(f"DELETE FROM {_TABLE} WHERE {where}", [value for _, value in named])


def list_holdings() -> set[tuple[int, int, int]]:
    """Tenants, kinds and spaces that have vectors here."""
    rows = sql.fetch_rows(f"SELECT DISTINCT tenant_id, kind, space FROM {_TABLE}")
    return {(int(tenant), int(kind), int(space)) for tenant, kind, space in rows}
