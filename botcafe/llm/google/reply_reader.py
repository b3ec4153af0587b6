"""A reply in the making on Google's wire: data of events in, our events out."""

from collections.abc import Iterator
from typing import Any

from botcafe.llm.protocol import StreamEvent
from botcafe.llm.wire.reply_reader import ReplyReader

FINISHES = {"STOP": "stop", "MAX_TOKENS": "length", "FINISH_REASON_UNSPECIFIED": "stop"}
FILTERED = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "LANGUAGE", "MODEL_ARMOR"}
)


class GoogleReplyReader(ReplyReader):
    """Chunks of generated content, or the whole of it."""

    def _read(self, chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        self._note_usage(chunk.get("usageMetadata"))
        feedback = chunk.get("promptFeedback")
        if isinstance(feedback, dict) and feedback.get("blockReason"):
            self._finish = "content_filter"
            self._refusal = _words_for(feedback, "blockReason", "blockReasonMessage")
        candidates = chunk.get("candidates")
        if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict):
            yield from self._candidate(candidates[0])

    def _counts(self) -> tuple[int | None, int | None]:
        """Tokens from the cache are in the input here; thinking is counted apart from the rest of the output."""
        written, thought = self._count("candidatesTokenCount"), self._count("thoughtsTokenCount")
        if written is None and thought is None:
            return self._count("promptTokenCount"), None
        return self._count("promptTokenCount"), (written or 0) + (thought or 0)

    def _thinking(self) -> int:
        return self._count("thoughtsTokenCount") or 0

    def _candidate(self, candidate: dict[str, Any]) -> Iterator[StreamEvent]:
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict):
                yield from (self._thought if part.get("thought") is True else self._text)(part.get("text"))
        reason = candidate.get("finishReason")
        if isinstance(reason, str):
            self._finish = "content_filter" if reason in FILTERED else FINISHES.get(reason, reason.lower())
            if reason in FILTERED:
                self._refusal = _words_for(candidate, "finishReason", "finishMessage")


def _words_for(told: dict[str, Any], *names: str) -> str:
    return ": ".join(str(told[name]) for name in names if told.get(name))
