"""Types of the index's numpy arrays, and the results of a vector scan."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

IdArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float32]
Int8Array: TypeAlias = NDArray[np.int8]
# Places in another array.
IndexArray: TypeAlias = NDArray[np.intp]
# Records of `word_index.POSTING_TYPE`.
PostingArray: TypeAlias = NDArray[np.void]
AnyArray: TypeAlias = NDArray[Any]
# Vectors as an embedder returns them: an array or lists of `(n, dims)`.
VectorsLike: TypeAlias = ArrayLike


@dataclass(frozen=True, slots=True)
class VectorMatches:
    """The result of a scan: parallel arrays of chunk ids, source ids and cosines of all vectors in scope, unordered."""

    ids: IdArray
    sources: IdArray
    cosines: FloatArray

    def top(self, count: int) -> list[int]:
        """Positions of the ``count`` nearest vectors, nearest first."""
        total = len(self.ids)
        # Sorting all of 100,000 cosines for fifty results would cost more than comparing the vectors.
        some = np.argpartition(-self.cosines, count)[:count] if total > count else np.arange(total)
        return [int(i) for i in some[np.argsort(-self.cosines[some], kind="stable")]]


@dataclass(frozen=True, slots=True)
class VectorBatch:
    """Some stored vectors (float32, length 1) with their chunk ids and source ids."""

    ids: IdArray
    sources: IdArray
    vectors: FloatArray
