"""A reply in the making on Anthropic's wire: data of events in, our events out."""

from collections.abc import Iterator
from typing import Any

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

    def _read(self, chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        kind = chunk.get("type")
        if kind == "content_block_delta":
            yield from self._delta(chunk.get("delta"))
        elif kind == "content_block_start":
            yield from self._delta(chunk.get("content_block"))
        elif kind == "message_start":
            message = chunk.get("message")
            self._note_usage(message.get("usage") if isinstance(message, dict) else None)
        elif kind == "message_delta":
            self._note_usage(chunk.get("usage"))
            self._note_stop(chunk.get("delta"))
        elif kind == "message_stop":
            self.is_done = True
        elif kind == "message":
            yield from self._whole(chunk)

    def _counts(self) -> tuple[int | None, int | None]:
        """The wire counts what came from the cache or went there apart from the input."""
        read = self._count("input_tokens")
        if read is None:
            return None, None
        cached = self._count("cache_read_input_tokens") or 0
        return read + cached + (self._count("cache_creation_input_tokens") or 0), self._count("output_tokens")

    def _delta(self, delta: object) -> Iterator[StreamEvent]:
        """Text or thinking; signatures, sealed thinking and tools have neither."""
        if isinstance(delta, dict):
            yield from self._thought(delta.get("thinking"))
            yield from self._text(delta.get("text"))

    def _note_stop(self, delta: object) -> None:
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        if isinstance(reason, str):
            self._finish = FINISHES.get(reason, reason)

    def _whole(self, message: dict[str, Any]) -> Iterator[StreamEvent]:
        content = message.get("content")
        for block in content if isinstance(content, list) else []:
            yield from self._delta(block)
        self._note_usage(message.get("usage"))
        self._note_stop(message)
