"""The OpenAI chat wire, spoken directly: the path for every provider and server that understands it."""

from typing import Any

from botcafe.llm.openai.reply_reader import OpenAIReplyReader
from botcafe.llm.openai.request_body import refused_option, refused_order, request_body
from botcafe.llm.protocol import ChatRequest, Deadlines, Endpoint
from botcafe.llm.wire.reply_reader import ReplyReader
from botcafe.llm.wire.wire_backend import WireBackend

CHAT_PATH = "chat/completions"


class OpenAIBackend(WireBackend):
    """One endpoint with one key; `provider` says which settings it knows."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines | None = None, provider: str = "custom") -> None:
        super().__init__(endpoint, deadlines)
        self._provider = provider

    def path(self, request: ChatRequest) -> str:
        """The same for every model."""
        return CHAT_PATH

    def body(self, request: ChatRequest, refused: frozenset[str]) -> dict[str, Any]:
        """See `request_body`."""
        return request_body(request, refused, self._provider)

    def refused_option(self, status: int, answer: object, body: dict[str, Any]) -> str | None:
        """See `openai_payload.refused_order` and `refused_option`."""
        return refused_order(status, answer, body) or refused_option(status, answer, body)

    def reply(self, request: ChatRequest, secrets: tuple[str, ...]) -> ReplyReader:
        """A reader of chat completions."""
        return OpenAIReplyReader(request, secrets)
