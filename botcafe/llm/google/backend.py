"""Google's Gemini API, spoken directly."""

from botcafe.kit.json_types import JsonObject
from botcafe.llm.google.reply_reader import GoogleReplyReader
from botcafe.llm.google.request_body import refused_option, request_body, request_path
from botcafe.llm.protocol import ChatRequest
from botcafe.llm.wire.reply_reader import ReplyReader
from botcafe.llm.wire.wire_backend import WireBackend


def google_auth_headers(key: str) -> dict[str, str]:
    """The headers of this wire: the key never stands in the address."""
    return {"x-goog-api-key": key} if key else {}


class GoogleBackend(WireBackend):
    """One endpoint with one key."""

    auth_headers = staticmethod(google_auth_headers)

    def call_path(self, request: ChatRequest) -> str:
        """The model stands in the path."""
        return request_path(request.model)

    def build_body(self, request: ChatRequest, refused: frozenset[str]) -> JsonObject:
        """See `request_body`."""
        return request_body(request, refused)

    def find_refused_option(self, status: int, answer: object, body: JsonObject) -> str | None:
        """See `refused_option`."""
        return refused_option(status, answer, body)

    def create_reader(self, request: ChatRequest, secrets: tuple[str, ...]) -> ReplyReader:
        """A reader of generated content."""
        return GoogleReplyReader(request, secrets)
