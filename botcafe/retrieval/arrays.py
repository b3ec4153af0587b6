"""Types of the numpy arrays that the index works with, and what a scan of vectors finds."""

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
    """What a scan found: parallel arrays of chunk ids, source ids and cosines of all vectors in reach, unordered."""

    ids: IdArray
    sources: IdArray
    cosines: FloatArray

    def top(self, count: int) -> list[int]:
        """Places of the nearest, nearest first."""
        total = len(self.ids)
        some = np.argpartition(-self.cosines, count)[:count] if total > count else np.arange(total)
        return [int(i) for i in some[np.argsort(-self.cosines[some], kind="stable")]]


@dataclass(frozen=True, slots=True)
class VectorBatch:
    """Some stored vectors (float32, length 1) with their chunk ids and source ids."""

    ids: IdArray
    sources: IdArray
    vectors: FloatArray
