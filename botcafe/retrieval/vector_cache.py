"""An in-memory cache of the packed vectors of tenants who searched recently.

An entry is valid while the tenant's revision is unchanged, which every writer of the index raises in its transaction, so
processes need not notify each other. The least recently used entries are dropped first.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from botcafe.retrieval.arrays import FloatArray, IdArray, Int8Array

Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class CachedVectors:
    """All vectors of a tenant, space and kind: chunk ids, source ids, factors, and an int8 matrix of (n, dims)."""

    ids: IdArray
    src: IdArray
    inv: FloatArray
    v: Int8Array

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        return int(self.ids.nbytes + self.src.nbytes + self.inv.nbytes + self.v.nbytes)


class VectorCache:
    """What this process holds, by tenant, space and kind."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[int, CachedVectors]] = OrderedDict()
        self._lock = threading.Lock()
        self._bytes = 0

    def get(self, key: Key, revision: int, load: Callable[[], CachedVectors]) -> CachedVectors:
        """The vectors at a revision. ``revision`` was read before; what is loaded may be newer, never older."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found[0] == revision:
                self._kept.move_to_end(key)
                return found[1]
        # Loaded outside the lock, as reading a large tenant takes longer than a search.
        made = load()
        self._keep(key, revision, made)
        return made

    def _keep(self, key: Key, revision: int, made: CachedVectors) -> None:
        max_bytes = settings.SEARCH_CACHE_MB * 2**20
        with self._lock:
            old = self._kept.pop(key, None)
            self._bytes -= old[1].bytes if old else 0
            # A tenant larger than the whole cache would push out everybody else.
            if made.bytes > max_bytes:
                return
            self._kept[key] = (revision, made)
            self._bytes += made.bytes
            while self._bytes > max_bytes:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone.bytes

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


VECTOR_CACHE = VectorCache()
