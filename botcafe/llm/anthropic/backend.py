"""Anthropic's Messages API, spoken directly."""

from botcafe.kit.json_types import JsonObject
from botcafe.llm.anthropic.reply_reader import AnthropicReplyReader
from botcafe.llm.anthropic.request_body import refused_option, request_body
from botcafe.llm.protocol import ChatRequest
from botcafe.llm.wire.reply_reader import ReplyReader
from botcafe.llm.wire.wire_backend import WireBackend

API_VERSION = "2023-06-01"


def anthropic_auth_headers(key: str) -> dict[str, str]:
    """The headers of this wire."""
    return {"anthropic-version": API_VERSION, **({"x-api-key": key} if key else {})}


class AnthropicBackend(WireBackend):
    """One endpoint with one key."""

    auth_headers = staticmethod(anthropic_auth_headers)

    def call_path(self, request: ChatRequest) -> str:
        """The same for every model."""
        return "messages"

    def build_body(self, request: ChatRequest, refused: frozenset[str]) -> JsonObject:
        """See `request_body`."""
        return request_body(request, refused)

    def find_refused_option(self, status: int, answer: object, body: JsonObject) -> str | None:
        """See `refused_option`."""
        return refused_option(status, answer, body)

    def create_reader(self, request: ChatRequest, secrets: tuple[str, ...]) -> ReplyReader:
        """A reader of message events."""
        return AnthropicReplyReader(request, secrets)
