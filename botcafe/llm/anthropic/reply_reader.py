"""Reading streamed replies of Anthropic's Messages API."""

from collections.abc import Iterator

from botcafe.kit.json_types import JsonObject
from botcafe.llm.protocol import StreamEvent
from botcafe.llm.wire.reply_reader import ReplyReader

FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


class AnthropicReplyReader(ReplyReader):
    """Events of the Messages API, or a whole message."""

    def _read_chunk(self, chunk: JsonObject) -> Iterator[StreamEvent]:
        kind = chunk.get("type")
        if kind == "content_block_delta":
            yield from self._read_delta(chunk.get("delta"))
        elif kind == "content_block_start":
            yield from self._read_delta(chunk.get("content_block"))
        elif kind == "message_start":
            message = chunk.get("message")
            self._merge_usage(message.get("usage") if isinstance(message, dict) else None)
        elif kind == "message_delta":
            self._merge_usage(chunk.get("usage"))
            self._set_finish(chunk.get("delta"))
        elif kind == "message_stop":
            self.is_done = True
        elif kind == "message":
            yield from self._read_message(chunk)

    def _token_counts(self) -> tuple[int | None, int | None]:
        """Tokens read from or written to the prompt cache are not in `input_tokens` on this wire."""
        read = self._usage_count("input_tokens")
        if read is None:
            return None, None
        cached = self._usage_count("cache_read_input_tokens") or 0
        return read + cached + (self._usage_count("cache_creation_input_tokens") or 0), self._usage_count(
            "output_tokens"
        )

    def _read_delta(self, delta: object) -> Iterator[StreamEvent]:
        """Text or thinking of a block; signatures, redacted thinking and tool calls have neither."""
        if isinstance(delta, dict):
            yield from self._reasoning_events(delta.get("thinking"))
            yield from self._text_events(delta.get("text"))

    def _set_finish(self, delta: object) -> None:
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        if isinstance(reason, str):
            self._finish = FINISHES.get(reason, reason)

    def _read_message(self, message: JsonObject) -> Iterator[StreamEvent]:
        content = message.get("content")
        for block in content if isinstance(content, list) else []:
            yield from self._read_delta(block)
        self._merge_usage(message.get("usage"))
        self._set_finish(message)
