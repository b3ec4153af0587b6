"""Where vectors lie: in the packed table that every database has, or in that of pgvector where it is named and there.

New vectors go where ``BOTCAFE_VECTORS`` says. Whatever the database has is searched and taken out of, so that nothing is
lost while vectors move from the one to the other (``gather``), nor while processes run with different settings.
All of it is in the caller's transaction, which holds the tenant's tally where something is written.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from django.conf import settings

from botcafe.retrieval import halfvecs, segments


class Store(Protocol):
    """A table of vectors, each of a chunk of a source of a tenant, in a space and of a kind."""

    def append(
        self, tenant: int, space: int, kind: int, ids: Sequence[int], sources: Sequence[int], vectors: Any
    ) -> None:
        """Put vectors in, an array of ``(n, dims)``, by chunk ids. Raises ValueError where one has no direction."""
        ...

    def remove(self, tenant: int, kind: int, sources: Iterable[int], space: int | None = None) -> int:
        """Take the vectors of sources out, of one space or of all: how many."""
        ...

    def sources_in(self, tenant: int, space: int, kind: int) -> tuple[Any, Any]:
        """The chunk ids and source ids of all vectors, as two arrays."""
        ...

    def scan(self, tenant: int, space: int, kind: int, query: Any, sources: Any = None) -> tuple[Any, Any, Any]:
        """Chunk ids, source ids and cosines; ``sources`` is a sorted array of those that may be seen, None for all."""
        ...

    def vectors_of(self, tenant: int, space: int, kind: int, ids: Iterable[int], dims: int) -> dict[int, Any]:
        """The vectors (float32, length 1) of some chunks, by chunk id."""
        ...

    def lots(self, tenant: int, space: int, kind: int) -> Iterator[tuple[Any, Any, Any]]:
        """All vectors with their chunk ids and source ids, some at a time, as they are in this transaction."""
        ...

    def forget(self, *, tenant: int | None = None, space: int | None = None, kind: int | None = None) -> None:
        """Take out all vectors, or those of a tenant, of a space or of a kind."""
        ...

    def holdings(self) -> set[tuple[int, int, int]]:
        """Tenants, kinds and spaces that have vectors here."""
        ...


def _present() -> list[Store]:
    """What the database has; new vectors go to the last."""
    if not halfvecs.is_there():
        return [segments]
    return [segments, halfvecs] if settings.VECTORS == "pgvector" else [halfvecs, segments]


def append(tenant: int, space: int, kind: int, ids: Sequence[int], sources: Sequence[int], vectors: Any) -> None:
    """Put vectors in, an array of ``(n, dims)``, by chunk ids. Raises ValueError where one has no direction."""
    _present()[-1].append(tenant, space, kind, ids, sources, vectors)


def remove(tenant: int, kind: int, sources: Iterable[int], space: int | None = None) -> int:
    """Take the vectors of sources out, of one space or of all: how many."""
    gone = set(sources)
    return sum(store.remove(tenant, kind, gone, space) for store in _present())


def sources_in(tenant: int, space: int, kind: int) -> tuple[Any, Any]:
    """The chunk ids and source ids of all vectors, as two arrays."""
    ids, src = zip(*(store.sources_in(tenant, space, kind) for store in _present()), strict=True)
    return np.concatenate(ids), np.concatenate(src)


def scan(tenant: int, space: int, kind: int, query: Any, sources: Any = None) -> tuple[Any, Any, Any]:
    """Chunk ids, source ids and cosines of all vectors that may be seen, in no order.

    ``query`` is of length 1. ``sources`` is a sorted array of the source ids that may be seen, or None for all of the
    tenant's. The store that vectors move to is read last, so that none is missed on its way.
    """
    found = [store.scan(tenant, space, kind, query, sources) for store in _present()]
    full = [each for each in found if len(each[0])] or found[:1]
    if len(full) == 1:
        return full[0]
    ids, src, cosines = (np.concatenate(columns) for columns in zip(*full, strict=True))
    once = np.unique(ids, return_index=True)[1]
    return ids[once], src[once], cosines[once]


def vectors_of(tenant: int, space: int, kind: int, ids: Iterable[int], dims: int) -> dict[int, Any]:
    """The vectors (float32, length 1) of some chunks, by chunk id."""
    wanted = list(ids)
    found: dict[int, Any] = {}
    for store in _present():
        found |= store.vectors_of(tenant, space, kind, wanted, dims)
    return found


def forget(*, tenant: int | None = None, space: int | None = None, kind: int | None = None) -> None:
    """Take out all vectors, or those of a tenant, of a space or of a kind."""
    for store in _present():
        store.forget(tenant=tenant, space=space, kind=kind)


def holdings() -> set[tuple[int, int]]:
    """Tenants and kinds that have vectors."""
    return {(tenant, kind) for store in _present() for tenant, kind, _ in store.holdings()}


def strays() -> list[tuple[int, int, int]]:
    """Tenants, kinds and spaces that have vectors where new ones do not go."""
    if settings.VECTORS == "pgvector":
        halfvecs.make()
    return sorted(each for store in _present()[:-1] for each in store.holdings())


def gather(tenant: int, kind: int, space: int) -> int:
    """Move vectors to where new ones go, in the caller's transaction, which holds the tenant's tally: how many."""
    *others, chosen = _present()
    moved = 0
    for store in others:
        sources: set[int] = set()
        for ids, src, vectors in store.lots(tenant, space, kind):
            chosen.append(tenant, space, kind, ids, src, vectors)
            sources.update(src.tolist())
        moved += store.remove(tenant, kind, sources, space)
    return moved
