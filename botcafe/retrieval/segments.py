"""Vectors of a tenant, packed 128 to a row: appended, taken out, and compared with a query exactly.

A vector is kept as int8 (``round(x * 127 / max|x|)``) with the factor that gives it length 1 again. The scan reads the
tenant's segments and nothing else, and works in numpy, in two threads where there are many.
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from botcafe.retrieval import sql
from botcafe.retrieval.models import SEGMENT_VECTORS

REPACK_BELOW = 32
MANY_SEGMENTS = 64
ROWS_AT_ONCE = 64
_INSERT = "INSERT INTO retrieval_vec_seg(tenant_id, space, kind, n, ids, src, inv, v) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
_UPDATE = "UPDATE retrieval_vec_seg SET n = %s, ids = %s, src = %s, inv = %s, v = %s WHERE id = %s"
_MINE = "FROM retrieval_vec_seg WHERE tenant_id = %s AND space = %s AND kind = %s"


class Packed:
    """Vectors with their chunk ids, source ids and factors, as arrays."""

    __slots__ = ("ids", "inv", "src", "v")

    def __init__(self, ids: Any, src: Any, inv: Any, v: Any) -> None:
        self.ids, self.src, self.inv, self.v = ids, src, inv, v

    def blobs(self) -> list[bytes]:
        """As a row keeps them."""
        return [self.ids.tobytes(), self.src.tobytes(), self.inv.tobytes(), self.v.tobytes()]

    def part(self, which: Any) -> "Packed":
        """Those that a mask or a slice chooses."""
        return Packed(self.ids[which], self.src[which], self.inv[which], self.v[which])

    def with_(self, other: "Packed") -> "Packed":
        """These and others."""
        both = (np.concatenate([getattr(self, n), getattr(other, n)]) for n in ("ids", "src", "inv", "v"))
        return Packed(*both)


def packed(ids: Sequence[int], sources: Sequence[int], vectors: Any) -> Packed:
    """Pack vectors, an array of ``(n, dims)``. Raises ValueError where one of them has no direction."""
    floats = np.asarray(vectors, np.float32)
    largest = np.abs(floats).max(axis=1)
    if not np.all(np.isfinite(largest)) or np.any(largest == 0):
        raise ValueError("a vector without direction")
    v = np.rint(floats * (127.0 / largest)[:, None]).astype(np.int8)
    inv = (1.0 / np.linalg.norm(v.astype(np.float32), axis=1)).astype("<f4")
    return Packed(np.asarray(ids, "<i8"), np.asarray(sources, "<i8"), inv, v)


def _unpacked(row: Sequence[Any]) -> Packed:
    ids = np.frombuffer(bytes(row[0]), "<i8")
    v = np.frombuffer(bytes(row[3]), np.int8).reshape(len(ids), -1)
    return Packed(ids, np.frombuffer(bytes(row[1]), "<i8"), np.frombuffer(bytes(row[2]), "<f4"), v)


def append(tenant: int, space: int, kind: int, fresh: Packed) -> None:
    """Fill the tenant's last segment, then make new ones. In the caller's transaction, which holds the tenant's tally."""
    tail = sql.fetch(
        f"SELECT ids, src, inv, v, id {_MINE} AND n < %s ORDER BY id DESC LIMIT 1",
        [tenant, space, kind, SEGMENT_VECTORS],
    )
    if tail:
        both = _unpacked(tail[0]).with_(fresh)
        first = both.part(slice(0, SEGMENT_VECTORS))
        sql.run(_UPDATE, [len(first.ids), *first.blobs(), tail[0][4]])
        fresh = both.part(slice(SEGMENT_VECTORS, None))
    rows = []
    for start in range(0, len(fresh.ids), SEGMENT_VECTORS):
        part = fresh.part(slice(start, start + SEGMENT_VECTORS))
        rows.append((tenant, space, kind, len(part.ids), *part.blobs()))
    sql.run_many(_INSERT, rows)


def remove(tenant: int, kind: int, sources: Iterable[int], space: int | None = None) -> int:
    """Take the vectors of sources out, of one space or of all: how many. What is left of a thin segment moves."""
    gone = np.array(sorted(set(sources)), np.int64)
    where, values = "tenant_id = %s AND kind = %s", [tenant, kind]
    if space is not None:
        where, values = f"{where} AND space = %s", [*values, space]
    removed = 0
    for number, src, of in sql.fetch(f"SELECT id, src, space FROM retrieval_vec_seg WHERE {where}", values):
        kept = ~np.isin(np.frombuffer(bytes(src), "<i8"), gone)
        if not kept.all():
            removed += int((~kept).sum())
            _shrink(tenant, of, kind, number, kept)
    return removed


def _shrink(tenant: int, space: int, kind: int, number: int, kept: Any) -> None:
    rest = _unpacked(sql.fetch("SELECT ids, src, inv, v FROM retrieval_vec_seg WHERE id = %s", [number])[0]).part(kept)
    if len(rest.ids) >= REPACK_BELOW:
        sql.run(_UPDATE, [len(rest.ids), *rest.blobs(), number])
        return
    sql.run("DELETE FROM retrieval_vec_seg WHERE id = %s", [number])
    if len(rest.ids):
        append(tenant, space, kind, rest)


def sources_in(tenant: int, space: int, kind: int) -> tuple[Any, Any]:
    """The chunk ids and source ids of all vectors, as two arrays."""
    rows = sql.fetch(f"SELECT ids, src {_MINE}", [tenant, space, kind])
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return tuple(np.frombuffer(b"".join(bytes(row[n]) for row in rows), "<i8") for n in (0, 1))  # type: ignore[return-value]


def scan(tenant: int, space: int, kind: int, query: Any, sources: Any = None) -> tuple[Any, Any, Any]:
    """Chunk ids, source ids and cosines of all vectors that may be seen, in no order.

    ``query`` is of length 1. ``sources`` is a sorted array of the source ids that may be seen, or None for all of the
    tenant's: the mask is laid over what was read, as a segment holds other sources too.
    """
    q = np.asarray(query, np.float32)
    where, values = _MINE, [tenant, space, kind]
    if sources is not None:
        numbers = _holding(tenant, space, kind, sources)
        if not numbers:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
        if len(numbers) <= sql.MOST_PARAMETERS:
            where, values = f"{_MINE} AND id IN {sql.listed(len(numbers))}", [*values, *numbers]
    rows = sql.fetch(f"SELECT ids, src, inv, v {where}", values)
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    ids = np.frombuffer(b"".join([bytes(row[0]) for row in rows]), "<i8")
    src = np.frombuffer(b"".join([bytes(row[1]) for row in rows]), "<i8")
    cosines = _compared(rows, q)
    if sources is not None:
        seen = np.isin(src, sources)
        return ids[seen], src[seen], cosines[seen]
    return ids, src, cosines


def _holding(tenant: int, space: int, kind: int, sources: Any) -> list[int]:
    rows = sql.fetch(f"SELECT id, src {_MINE}", [tenant, space, kind])
    return [number for number, src in rows if np.isin(np.frombuffer(bytes(src), "<i8"), sources).any()]


def _compared(rows: Sequence[Sequence[Any]], q: Any) -> Any:
    if len(rows) < MANY_SEGMENTS:
        return _part(rows, q)
    half = len(rows) // 2
    other = _pool().submit(_part, rows[half:], q)
    return np.concatenate([_part(rows[:half], q), other.result()])


def _part(rows: Sequence[Sequence[Any]], q: Any) -> Any:
    """Cosines of some segments. One buffer of floats is used again and again, so that it stays in the cache."""
    dims = len(q)
    buffer = np.empty((SEGMENT_VECTORS, dims), np.float32)
    made = []
    for row in rows:
        v = np.frombuffer(row[3], np.int8).reshape(-1, dims)
        floats = buffer[: len(v)]
        np.copyto(floats, v)
        made.append((floats @ q) * np.frombuffer(row[2], "<f4"))
    return np.concatenate(made)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, min(2, os.cpu_count() or 1)), thread_name_prefix="scan")


def vectors_of(tenant: int, space: int, kind: int, ids: Iterable[int]) -> dict[int, Any]:
    """The vectors (float32, length 1) of some chunks, by chunk id."""
    wanted = np.array(sorted(set(ids)), np.int64)
    found: dict[int, Any] = {}
    if not len(wanted):
        return found
    for number, held in sql.fetch(f"SELECT id, ids {_MINE}", [tenant, space, kind]):
        if np.isin(np.frombuffer(bytes(held), "<i8"), wanted).any():
            row = sql.fetch("SELECT ids, src, inv, v FROM retrieval_vec_seg WHERE id = %s", [number])[0]
            part = _unpacked(row)
            for i in np.flatnonzero(np.isin(part.ids, wanted)):
                found[int(part.ids[i])] = part.v[i].astype(np.float32) * part.inv[i]
    return found
