"""The OpenAI chat wire, spoken directly: the path for every provider and server that understands it."""

from botcafe.kit.json_types import JsonObject
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

    def call_path(self, request: ChatRequest) -> str:
        """The same for every model."""
        return CHAT_PATH

    def build_body(self, request: ChatRequest, refused: frozenset[str]) -> JsonObject:
        """See `request_body`."""
        return request_body(request, refused, self._provider)

    def find_refused_option(self, status: int, answer: object, body: JsonObject) -> str | None:
        """See `refused_order` and `refused_option`."""
        return refused_order(status, answer, body) or refused_option(status, answer, body)

    def create_reader(self, request: ChatRequest, secrets: tuple[str, ...]) -> ReplyReader:
        """A reader of chat completions."""
        return OpenAIReplyReader(request, secrets)
