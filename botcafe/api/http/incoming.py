"""Bodies of requests, counted while they are read: a client can neither fill the memory nor hold a request for ever."""

import asyncio
import io
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import IO

from django.conf import settings

from botcafe.api.http.rsgi import RsgiProtocol, RsgiScope

# Of callers without an account, who sign in and register.
MAX_ANONYMOUS_BYTES = 64 << 10
# Of documents; files have the limit of the installation.
MAX_DOCUMENT_BYTES = 8 << 20
# A body above it lies in a file, so that many at once do not fill the memory.
MAX_BYTES_IN_MEMORY = 32 << 10
# A sender has so long at first, and may keep on at this pace.
FIRST_SECONDS, MIN_BYTES_PER_SECOND = 20.0, 8 << 10


class BodyRefused(Exception):
    """A body that is not taken, with the status and the words of its refusal."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """How much a route takes; above what anybody may send, ``is_known`` is asked who sends."""

    max_bytes: int
    is_known: Callable[[], Awaitable[bool]]

    async def check(self, size: int, checked: int) -> int:
        """Check a size after a smaller one was checked; returns what is checked now. Raises BodyRefused."""
        if size > self.max_bytes:
            raise BodyRefused(413, f"A body has at most {in_words(self.max_bytes)} here.")
        if size <= checked:
            return checked
        if not await self.is_known():
            raise BodyRefused(413, f"Without an account a body has at most {in_words(MAX_ANONYMOUS_BYTES)}.")
        return self.max_bytes


def in_words(size: int) -> str:
    """A number of bytes, such as ``50 MB``."""
    return f"{size >> 20} MB" if size >= 1 << 20 else f"{size >> 10} kB"


async def read_incoming(scope: RsgiScope, protocol: RsgiProtocol, limit: BodyLimit) -> tuple[IO[bytes], int]:
    """The body and its size. Raises BodyRefused for one that is too large, too slow, or not whole."""
    announced = scope.headers.get("content-length") or ""
    length = int(announced) if announced.isdecimal() and len(announced) < 20 else None
    checked = await limit.check(length or 0, min(limit.max_bytes, MAX_ANONYMOUS_BYTES))
    kept: IO[bytes] = io.BytesIO()
    size = 0
    try:
        async with asyncio.timeout(FIRST_SECONDS) as clock:
            started = asyncio.get_running_loop().time()
            async for chunk in protocol:
                size += len(chunk)
                if size > checked:
                    checked = await limit.check(size, checked)
                kept = _keep(kept, size, chunk)
                clock.reschedule(started + FIRST_SECONDS + size / MIN_BYTES_PER_SECOND)
    except TimeoutError:
        kept.close()
        raise BodyRefused(408, "The body came too slowly.") from None
    except BaseException:
        kept.close()
        raise
    if length is not None and size < length:
        kept.close()
        raise BodyRefused(400, "The body ended before its announced length.")
    kept.seek(0)
    return kept, size


def _keep(kept: IO[bytes], size: int, chunk: bytes) -> IO[bytes]:
    if size > MAX_BYTES_IN_MEMORY and isinstance(kept, io.BytesIO):
        file: IO[bytes] = tempfile.TemporaryFile(dir=settings.DATA)  # noqa: SIM115 - closed by whoever reads it
        file.write(kept.getvalue())
        kept = file
    kept.write(chunk)
    return kept
