"""Reading streamed replies of Google's Gemini API."""

from collections.abc import Iterator

from botcafe.kit.json_types import JsonObject
from botcafe.llm.protocol import StreamEvent
from botcafe.llm.wire.reply_reader import ReplyReader

FINISHES = {"STOP": "stop", "MAX_TOKENS": "length", "FINISH_REASON_UNSPECIFIED": "stop"}
FILTER_FINISHES = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "LANGUAGE", "MODEL_ARMOR"}
)


class GoogleReplyReader(ReplyReader):
    """Chunks of generated content, or the whole of it."""

    def _read_chunk(self, chunk: JsonObject) -> Iterator[StreamEvent]:
        self._merge_usage(chunk.get("usageMetadata"))
        feedback = chunk.get("promptFeedback")
        if isinstance(feedback, dict) and feedback.get("blockReason"):
            self._finish = "content_filter"
            self._refusal = _refusal_text(feedback, "blockReason", "blockReasonMessage")
        candidates = chunk.get("candidates")
        if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict):
            yield from self._read_candidate(candidates[0])

    def _token_counts(self) -> tuple[int | None, int | None]:
        """Input includes cached tokens on this wire; thinking is counted apart from the rest of the output."""
        written, thought = self._usage_count("candidatesTokenCount"), self._usage_count("thoughtsTokenCount")
        if written is None and thought is None:
            return self._usage_count("promptTokenCount"), None
        return self._usage_count("promptTokenCount"), (written or 0) + (thought or 0)

    def _reasoning_tokens(self) -> int:
        return self._usage_count("thoughtsTokenCount") or 0

    def _read_candidate(self, candidate: JsonObject) -> Iterator[StreamEvent]:
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict):
                yield from (self._reasoning_events if part.get("thought") is True else self._text_events)(
                    part.get("text")
                )
        reason = candidate.get("finishReason")
        if isinstance(reason, str):
            self._finish = "content_filter" if reason in FILTER_FINISHES else FINISHES.get(reason, reason.lower())
            if reason in FILTER_FINISHES:
                self._refusal = _refusal_text(candidate, "finishReason", "finishMessage")


def _refusal_text(source: JsonObject, *names: str) -> str:
    return ": ".join(str(source[name]) for name in names if source.get(name))
