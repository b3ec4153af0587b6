"""The part of RSGI, the server's own interface, that streams speak. Granian implements it and ships no types of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

Headers = Sequence[tuple[str, str]]


class RsgiScope(Protocol):
    """What a request says of itself."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by lower-case name; of repeated ones the first."""
        ...


class RsgiTransport(Protocol):
    """A response that is sent piece by piece; it ends when nothing holds it any more."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a piece. Raises where the client has gone."""
        ...


class RsgiProtocol(Protocol):
    """How a request is read and answered."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it comes; it ends early where the client goes."""
        ...

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer at once."""
        ...

    def response_stream(self, status: int, headers: Headers) -> RsgiTransport:
        """Begin an answer that comes in pieces."""
        ...

    async def client_disconnect(self) -> None:
        """Return when the client has gone."""
        ...
