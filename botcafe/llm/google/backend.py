"""Google's Gemini API, spoken directly."""

from typing import Any

from botcafe.llm.google.reply_reader import GoogleReplyReader
from botcafe.llm.google.request_body import refused_option, request_body, request_path
from botcafe.llm.protocol import ChatRequest
from botcafe.llm.wire.reply_reader import ReplyReader
from botcafe.llm.wire.wire_backend import WireBackend


def signed(key: str) -> dict[str, str]:
    """The headers of this wire: the key never stands in the address."""
    return {"x-goog-api-key": key} if key else {}


class GoogleBackend(WireBackend):
    """One endpoint with one key."""

    sign = staticmethod(signed)

    def path(self, request: ChatRequest) -> str:
        """The model stands in the path."""
        return request_path(request.model)

    def body(self, request: ChatRequest, refused: frozenset[str]) -> dict[str, Any]:
        """See `request_body`."""
        return request_body(request, refused)

    def refused_option(self, status: int, answer: object, body: dict[str, Any]) -> str | None:
        """See `google_payload.refused_option`."""
        return refused_option(status, answer, body)

    def reply(self, request: ChatRequest, secrets: tuple[str, ...]) -> ReplyReader:
        """A reader of generated content."""
        return GoogleReplyReader(request, secrets)
