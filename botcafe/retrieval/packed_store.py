"""The default vector store: a tenant's vectors packed 128 to a row and compared with a query exactly.

A vector is kept as int8 (``round(x * 127 / max|x|)``) with the factor that gives it length 1 again. The scan reads the
tenant's segments and nothing else, and works in numpy, in two threads where there are many.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from botcafe.retrieval import sql
from botcafe.retrieval.arrays import FloatArray, IdArray, Int8Array, VectorBatch, VectorMatches, VectorsLike
from botcafe.retrieval.models import SEGMENT_VECTORS, Segment, Tally
from botcafe.retrieval.vector_cache import VECTOR_CACHE, CachedVectors

# A thin segment costs a row like a full one, so its rest moves into the open one.
REPACK_BELOW = 32
# Below this, starting the second thread costs more than it saves.
MIN_VECTORS_FOR_THREADS = 8192
RESCORED_COUNT = 512
_IN_SPACE = "FROM {table} WHERE {tenant_id} = %s AND {space} = %s AND {kind} = %s"
_INSERT = sql.statement(
    "INSERT INTO {table}({tenant_id}, {space}, {kind}, {n}, {ids}, {src}, {inv}, {v}) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
    Segment,
)
_UPDATE = sql.statement(
    "UPDATE {table} SET {n} = %s, {ids} = %s, {src} = %s, {inv} = %s, {v} = %s WHERE {id} = %s", Segment
)
_DELETE = sql.statement("DELETE FROM {table} WHERE {id} = %s", Segment)
_OPEN_SEGMENT = sql.statement(
    f"SELECT {{ids}}, {{src}}, {{inv}}, {{v}}, {{id}} {_IN_SPACE} AND {{n}} < %s ORDER BY {{id}} DESC LIMIT 1", Segment
)
_SEGMENT = sql.statement("SELECT {ids}, {src}, {inv}, {v} FROM {table} WHERE {id} = %s", Segment)
_SEGMENTS = sql.statement(f"SELECT {{ids}}, {{src}}, {{inv}}, {{v}} {_IN_SPACE} ORDER BY {{id}}", Segment)
_SEGMENT_IDS = sql.statement(f"SELECT {{id}} {_IN_SPACE} ORDER BY {{id}}", Segment)
_IDS_AND_SOURCES = sql.statement(f"SELECT {{ids}}, {{src}} {_IN_SPACE}", Segment)
_OF_KIND = "SELECT {id}, {src}, {space} FROM {table} WHERE {tenant_id} = %s AND {kind} = %s"
_SOURCES_OF_KIND = sql.statement(_OF_KIND, Segment)
_SOURCES_IN_SPACE = sql.statement(f"{_OF_KIND} AND {{space}} = %s", Segment)
_REVISION = sql.statement("SELECT {revision} FROM {table} WHERE {tenant_id} = %s AND {kind} = %s", Tally)


class PackedVectors:
    """Vectors with their chunk ids, source ids and factors, as arrays."""

    __slots__ = ("ids", "inv", "src", "v")

    def __init__(self, ids: IdArray, src: IdArray, inv: FloatArray, v: Int8Array) -> None:
        self.ids, self.src, self.inv, self.v = ids, src, inv, v

    def blobs(self) -> list[bytes]:
        """As a row keeps them."""
        return [self.ids.tobytes(), self.src.tobytes(), self.inv.tobytes(), self.v.tobytes()]

    def part(self, which: slice | NDArray[np.bool_]) -> "PackedVectors":
        """Those that a mask or a slice chooses."""
        return PackedVectors(self.ids[which], self.src[which], self.inv[which], self.v[which])

    def with_(self, other: "PackedVectors") -> "PackedVectors":
        """These and others."""
        both = (np.concatenate([getattr(self, n), getattr(other, n)]) for n in ("ids", "src", "inv", "v"))
        return PackedVectors(*both)


def pack_vectors(ids: Sequence[int], sources: Sequence[int], vectors: VectorsLike) -> PackedVectors:
    """Pack vectors, an array of ``(n, dims)``. Raises ValueError where one of them has no direction."""
    # int8 takes a quarter of float32: what fits into memory and cache decides the speed of a scan.
    v = np.rint(scale_vectors(vectors) * 127.0).astype(np.int8)
    inv = (1.0 / np.linalg.norm(v.astype(np.float32), axis=1)).astype("<f4")
    return PackedVectors(np.asarray(ids, "<i8"), np.asarray(sources, "<i8"), inv, v)


def scale_vectors(vectors: VectorsLike) -> FloatArray:
    """Vectors as float32, the largest component of each being 1. Raises ValueError where one of them has no direction."""
    floats: FloatArray = np.asarray(vectors, np.float32)
    largest = np.abs(floats).max(axis=1)
    if not np.all(np.isfinite(largest)) or np.any(largest == 0):
        raise ValueError("a vector without direction")
    made: FloatArray = floats / largest[:, None]
    return made


def _unpack_row(row: sql.SqlRow) -> PackedVectors:
    ids = np.frombuffer(bytes(row[0]), "<i8")
    v = np.frombuffer(bytes(row[3]), np.int8).reshape(len(ids), -1)
    return PackedVectors(ids, np.frombuffer(bytes(row[1]), "<i8"), np.frombuffer(bytes(row[2]), "<f4"), v)


def add_vectors(
    tenant: int, space: int, kind: int, ids: Sequence[int], sources: Sequence[int], vectors: VectorsLike
) -> None:
    """Add vectors in the caller's transaction. Raises ValueError for a zero or non-finite vector."""
    _fill_segments(tenant, space, kind, pack_vectors(ids, sources, vectors))


def _fill_segments(tenant: int, space: int, kind: int, fresh: PackedVectors) -> None:
    """Fill the tenant's open segment, then add new ones."""
    tail = sql.fetch_blobs(_OPEN_SEGMENT, [tenant, space, kind, SEGMENT_VECTORS])
    if tail:
        both = _unpack_row(tail[0]).with_(fresh)
        first = both.part(slice(0, SEGMENT_VECTORS))
        sql.execute(_UPDATE, [len(first.ids), *first.blobs(), tail[0][4]])
        fresh = both.part(slice(SEGMENT_VECTORS, None))
    rows: list[Sequence[sql.SqlValue]] = []
    for start in range(0, len(fresh.ids), SEGMENT_VECTORS):
        part = fresh.part(slice(start, start + SEGMENT_VECTORS))
        rows.append((tenant, space, kind, len(part.ids), *part.blobs()))
    sql.execute_many(_INSERT, rows)


def remove_vectors(tenant: int, kind: int, sources: Iterable[int], space: int | None = None) -> int:
    """Remove the vectors of sources, from one space or all; returns how many."""
    gone = np.array(sorted(set(sources)), np.int64)
    text = _SOURCES_OF_KIND if space is None else _SOURCES_IN_SPACE
    values = [tenant, kind] if space is None else [tenant, kind, space]
    removed = 0
    for number, src, of in sql.fetch_blobs(text, values):
        if np.isin(np.frombuffer(bytes(src), "<i8"), gone).any():
            removed += _shrink_segment(tenant, of, kind, number, gone)
    return removed


def _shrink_segment(tenant: int, space: int, kind: int, number: int, gone: IdArray) -> int:
    """Remove sources from a segment."""
    # Read again, as the rest of another segment may have moved into it meanwhile.
    whole = _unpack_row(sql.fetch_blobs(_SEGMENT, [number])[0])
    rest = whole.part(~np.isin(whole.src, gone))
    removed = len(whole.ids) - len(rest.ids)
    if len(rest.ids) >= REPACK_BELOW:
        sql.execute(_UPDATE, [len(rest.ids), *rest.blobs(), number])
        return removed
    sql.execute(_DELETE, [number])
    if len(rest.ids):
        _fill_segments(tenant, space, kind, rest)
    return removed


def list_sources(tenant: int, space: int, kind: int) -> tuple[IdArray, IdArray]:
    """The chunk ids and source ids of all vectors, as two arrays."""
    rows = sql.fetch_blobs(_IDS_AND_SOURCES, [tenant, space, kind])
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ids, sources = (b"".join(bytes(row[n]) for row in rows) for n in (0, 1))
    return np.frombuffer(ids, np.dtype("<i8")), np.frombuffer(sources, np.dtype("<i8"))


def scan_vectors(
    tenant: int, space: int, kind: int, query: VectorsLike, sources: IdArray | None = None
) -> VectorMatches:
    """The exact cosines of all vectors in scope.

    ``query`` is of length 1. ``sources`` is a sorted array of the source ids that may be seen, or None for all of the
    tenant's: the mask is laid over what was read, as a segment holds other sources too.
    """
    q = np.asarray(query, np.float32)
    held = cached_vectors(tenant, space, kind, len(q))
    if sources is None:
        return VectorMatches(held.ids, held.src, dot_products(held.v, q) * held.inv)
    seen = np.flatnonzero(np.isin(held.src, sources))
    if len(seen) * 4 < len(held.ids):
        return VectorMatches(held.ids[seen], held.src[seen], dot_products(held.v[seen], q) * held.inv[seen])
    # Copying more than a quarter of the rows costs more than comparing all of them.
    return VectorMatches(held.ids[seen], held.src[seen], (dot_products(held.v, q) * held.inv)[seen])


def cached_vectors(tenant: int, space: int, kind: int, dims: int) -> CachedVectors:
    """All vectors of a tenant, space and kind, from memory where nothing was written since."""
    rows = sql.fetch_rows(_REVISION, [tenant, kind])
    if not rows:
        return _load_rows([], dims)
    return VECTOR_CACHE.get(
        (tenant, space, kind), rows[0][0], lambda: _load_rows(sql.fetch_blobs(_SEGMENTS, [tenant, space, kind]), dims)
    )


def _load_rows(rows: Sequence[sql.SqlRow], dims: int) -> CachedVectors:
    ids, src, inv, v = (b"".join([bytes(row[n]) for row in rows]) for n in range(4))
    matrix = np.frombuffer(v, np.int8).reshape(-1, dims)
    return CachedVectors(np.frombuffer(ids, "<i8"), np.frombuffer(src, "<i8"), np.frombuffer(inv, "<f4"), matrix)


def dot_products(v: Int8Array, q: FloatArray) -> FloatArray:
    """Dot products of int8 vectors with a query. With numkong the nearest are computed again in float precision."""
    kernels = _int8_kernels()
    if kernels is None or len(v) < SEGMENT_VECTORS:
        return _float_products(v, q)
    scale = float(np.abs(q).max()) / 127.0 or 1.0
    rough: FloatArray = (
        np.asarray(kernels.cdist(np.rint(q / scale).astype(np.int8)[None, :], v, "dot"), np.float32)[0] * scale
    )
    best = np.argpartition(-rough, RESCORED_COUNT)[:RESCORED_COUNT] if len(v) > RESCORED_COUNT else np.arange(len(v))
    rough[best] = _float_products(v[best], q)
    return rough


@cache
def _int8_kernels() -> Any:
    """The int8 kernels of numkong where it is installed: about four times as fast as floats of numpy."""
    try:
        return import_module("numkong")
    except (ImportError, OSError):
        return None


def _float_products(v: Int8Array, q: FloatArray) -> FloatArray:
    """Dot products in float32, in two threads where there are many vectors."""
    if len(v) < MIN_VECTORS_FOR_THREADS:
        return _buffered_products(v, q)
    half = len(v) // 2
    other = _thread_pool().submit(_buffered_products, v[half:], q)
    return np.concatenate([_buffered_products(v[:half], q), other.result()])


def _buffered_products(v: Int8Array, q: FloatArray) -> FloatArray:
    # One buffer of floats is used again and again, so that it stays in the processor's cache.
    made = np.empty(len(v), np.float32)
    buffer = np.empty((SEGMENT_VECTORS, len(q)), np.float32)
    for start in range(0, len(v), SEGMENT_VECTORS):
        some = v[start : start + SEGMENT_VECTORS]
        floats = buffer[: len(some)]
        np.copyto(floats, some)
        np.dot(floats, q, out=made[start : start + len(some)])
    return made


@cache
def _thread_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="scan")


def get_vectors(tenant: int, space: int, kind: int, ids: Iterable[int], dims: int) -> dict[int, FloatArray]:
    """The vectors (float32, length 1) of some chunks, by chunk id."""
    held = cached_vectors(tenant, space, kind, dims)
    places = np.flatnonzero(np.isin(held.ids, np.array(sorted(set(ids)), np.int64)))
    return {int(held.ids[i]): held.v[i].astype(np.float32) * held.inv[i] for i in places}


def iter_vectors(tenant: int, space: int, kind: int) -> Iterator[VectorBatch]:
    """All vectors with their chunk ids and source ids, a segment at a time, as they are in this transaction."""
    for (number,) in sql.fetch_rows(_SEGMENT_IDS, [tenant, space, kind]):
        some = _unpack_row(sql.fetch_blobs(_SEGMENT, [number])[0])
        yield VectorBatch(some.ids, some.src, some.v.astype(np.float32) * some.inv[:, None])


def delete_vectors(*, tenant: int | None = None, space: int | None = None, kind: int | None = None) -> None:
    """Delete all vectors, or those of a tenant, space or kind."""
    named = {"tenant_id": tenant, "space": space, "kind": kind}
    Segment.objects.filter(**{name: value for name, value in named.items() if value is not None}).delete()


def list_holdings() -> set[tuple[int, int, int]]:
    """Tenants, kinds and spaces that have vectors here."""
    return set(Segment.objects.order_by().values_list("tenant_id", "kind", "space").distinct())
