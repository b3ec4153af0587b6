"""Refusals of the server itself, before a request has reached a view."""

from typing import Protocol

import orjson

from botcafe.api.http.rsgi import Headers


class BytesSender(Protocol):
    """What sends a whole response."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole response."""


def refuse(protocol: BytesSender, status: int, message: str, *, retry_after: int = 0, closes: bool = False) -> None:
    """Answer in the shape of every refusal; ``closes`` where the rest of the body is not read."""
    headers = [("content-type", "application/json")]
    if retry_after:
        headers.append(("retry-after", str(retry_after)))
    if closes:
        headers.append(("connection", "close"))
    protocol.response_bytes(status, headers, orjson.dumps({"errors": [{"message": message}]}))
