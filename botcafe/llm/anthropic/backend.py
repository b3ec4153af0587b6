"""Anthropic's Messages API, spoken directly."""

from typing import Any

from botcafe.llm.anthropic.reply_reader import AnthropicReplyReader
from botcafe.llm.anthropic.request_body import refused_option, request_body
from botcafe.llm.protocol import ChatRequest
from botcafe.llm.wire.reply_reader import ReplyReader
from botcafe.llm.wire.wire_backend import WireBackend

VERSION = "2023-06-01"


def signed(key: str) -> dict[str, str]:
    """The headers of this wire."""
    return {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}


class AnthropicBackend(WireBackend):
    """One endpoint with one key."""

    sign = staticmethod(signed)

    def path(self, request: ChatRequest) -> str:
        """The same for every model."""
        return "messages"

    def body(self, request: ChatRequest, refused: frozenset[str]) -> dict[str, Any]:
        """See `request_body`."""
        return request_body(request, refused)

    def refused_option(self, status: int, answer: object, body: dict[str, Any]) -> str | None:
        """See `anthropic_payload.refused_option`."""
        return refused_option(status, answer, body)

    def reply(self, request: ChatRequest, secrets: tuple[str, ...]) -> ReplyReader:
        """A reader of message events."""
        return AnthropicReplyReader(request, secrets)
