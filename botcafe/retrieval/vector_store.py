"""Chooses the vector store: the packed table of every database, or pgvector where it is configured and available.

New vectors go where ``BOTCAFE_VECTORS`` says. Both stores are searched and deleted from, so that nothing is lost while
vectors move between them (``move_vectors``) or processes run with different settings. Everything runs in the caller's
transaction, which holds the lock on the tenant's tally when it writes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
from django.conf import settings

from botcafe.retrieval import packed_store, pgvector_store
from botcafe.retrieval.arrays import FloatArray, IdArray, VectorBatch, VectorMatches, VectorsLike


class VectorStore(Protocol):
    """A table of vectors, each of a chunk of a source of a tenant, in a space and of a kind."""

    def add_vectors(
        self, tenant: int, space: int, kind: int, ids: Sequence[int], sources: Sequence[int], vectors: VectorsLike
    ) -> None:
        """Put vectors in, an array of ``(n, dims)``, by chunk ids. Raises ValueError where one has no direction."""
        ...

    def remove_vectors(self, tenant: int, kind: int, sources: Iterable[int], space: int | None = None) -> int:
        """Take the vectors of sources out, of one space or of all: how many."""
        ...

    def list_sources(self, tenant: int, space: int, kind: int) -> tuple[IdArray, IdArray]:
        """The chunk ids and source ids of all vectors, as two arrays."""
        ...

    def scan_vectors(
        self, tenant: int, space: int, kind: int, query: VectorsLike, sources: IdArray | None = None
    ) -> VectorMatches:
        """Cosines with a query of length 1; ``sources`` is a sorted array of those that may be seen, None for all."""
        ...

    def get_vectors(self, tenant: int, space: int, kind: int, ids: Iterable[int], dims: int) -> dict[int, FloatArray]:
        """The vectors (float32, length 1) of some chunks, by chunk id."""
        ...

    def iter_vectors(self, tenant: int, space: int, kind: int) -> Iterator[VectorBatch]:
        """All vectors with their chunk ids and source ids, some at a time, as they are in this transaction."""
        ...

    def delete_vectors(self, *, tenant: int | None = None, space: int | None = None, kind: int | None = None) -> None:
        """Take out all vectors, or those of a tenant, of a space or of a kind."""
        ...

    def list_holdings(self) -> set[tuple[int, int, int]]:
        """Tenants, kinds and spaces that have vectors here."""
        ...


def _available_stores() -> list[VectorStore]:
    """The stores that the database has; new vectors go to the last one."""
    if not pgvector_store.is_available():
        return [packed_store]
    return [packed_store, pgvector_store] if settings.VECTORS == "pgvector" else [pgvector_store, packed_store]


def add_vectors(
    tenant: int, space: int, kind: int, ids: Sequence[int], sources: Sequence[int], vectors: VectorsLike
) -> None:
    """Put vectors in, an array of ``(n, dims)``, by chunk ids. Raises ValueError where one has no direction."""
    _available_stores()[-1].add_vectors(tenant, space, kind, ids, sources, vectors)


def remove_vectors(tenant: int, kind: int, sources: Iterable[int], space: int | None = None) -> int:
    """Take the vectors of sources out, of one space or of all: how many."""
    gone = set(sources)
    return sum(store.remove_vectors(tenant, kind, gone, space) for store in _available_stores())


def list_sources(tenant: int, space: int, kind: int) -> tuple[IdArray, IdArray]:
    """The chunk ids and source ids of all vectors, as two arrays."""
    ids, src = zip(*(store.list_sources(tenant, space, kind) for store in _available_stores()), strict=True)
    return np.concatenate(ids), np.concatenate(src)


def scan_vectors(
    tenant: int, space: int, kind: int, query: VectorsLike, sources: IdArray | None = None
) -> VectorMatches:
    """The cosines of all vectors in reach.

    ``query`` is of length 1. ``sources`` is a sorted array of the source ids that may be seen, or None for all of the
    tenant's. The store that vectors move to is read last, so that none is missed on its way.
    """
    found = [store.scan_vectors(tenant, space, kind, query, sources) for store in _available_stores()]
    full = [each for each in found if len(each.ids)] or found[:1]
    if len(full) == 1:
        return full[0]
    ids = np.concatenate([each.ids for each in full])
    # A vector that moves between the stores while both are read is found twice.
    once = np.unique(ids, return_index=True)[1]
    sources_found = np.concatenate([each.sources for each in full])[once]
    return VectorMatches(ids[once], sources_found, np.concatenate([each.cosines for each in full])[once])


def get_vectors(tenant: int, space: int, kind: int, ids: Iterable[int], dims: int) -> dict[int, FloatArray]:
    """The vectors (float32, length 1) of some chunks, by chunk id."""
    wanted = list(ids)
    found: dict[int, FloatArray] = {}
    for store in _available_stores():
        found |= store.get_vectors(tenant, space, kind, wanted, dims)
    return found


def delete_vectors(*, tenant: int | None = None, space: int | None = None, kind: int | None = None) -> None:
    """Take out all vectors, or those of a tenant, of a space or of a kind."""
    for store in _available_stores():
        store.delete_vectors(tenant=tenant, space=space, kind=kind)


def list_holdings() -> set[tuple[int, int]]:
    """Tenants and kinds that have vectors."""
    return {(tenant, kind) for store in _available_stores() for tenant, kind, _ in store.list_holdings()}


def list_misplaced() -> list[tuple[int, int, int]]:
    """Tenants, kinds and spaces that have vectors where new ones do not go."""
    if settings.VECTORS == "pgvector":
        pgvector_store.create_table()
    return sorted(each for store in _available_stores()[:-1] for each in store.list_holdings())


def move_vectors(tenant: int, kind: int, space: int) -> int:
    """Move vectors to where new ones go, in the caller's transaction, which holds the tenant's tally: how many."""
    # Added before they are removed: a search at the same time finds a vector twice rather than not at all.
    *others, chosen = _available_stores()
    moved = 0
    for store in others:
        sources: set[int] = set()
        for batch in store.iter_vectors(tenant, space, kind):
            chosen.add_vectors(tenant, space, kind, batch.ids.tolist(), batch.sources.tolist(), batch.vectors)
            sources.update(batch.sources.tolist())
        moved += store.remove_vectors(tenant, kind, sources, space)
    return moved
