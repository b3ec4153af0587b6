"""A reply in the making on the OpenAI wire: data of events in, our events out."""

from collections.abc import Iterator
from typing import Any

from botcafe.llm.errors import ProviderError
from botcafe.llm.protocol import StreamEvent
from botcafe.llm.wire.provider_errors import error_in_stream
from botcafe.llm.wire.reply_reader import ReplyReader, count_in

DONE = b"[DONE]"
# Finishes that are faults: OpenRouter's and Mistral's word for any, and DeepSeek's for having no room.
FAULTS = {"error": 500, "insufficient_system_resource": 503}


class OpenAIReplyReader(ReplyReader):
    """Chunks of a chat completion, or the whole of one."""

    def take(self, data: bytes) -> Iterator[StreamEvent]:
        """As `Reply.take`; the end mark is no JSON."""
        if data.strip() == DONE:
            self.is_done = True
            return
        yield from super().take(data)

    def _read(self, chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        groq = chunk.get("x_groq")
        self._note_usage(chunk.get("usage") or (groq.get("usage") if isinstance(groq, dict) else None))
        choices = chunk.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            yield from self._choice(choices[0])

    def _counts(self) -> tuple[int | None, int | None]:
        """Thinking is in the output; xAI counts it apart, which only the sum tells."""
        read, written = self._count("prompt_tokens"), self._count("completion_tokens")
        if read is not None and written is not None and self._count("total_tokens") == read + written + self._told():
            return read, written + self._told()
        return read, written

    def _told(self) -> int:
        return count_in(self._usage.get("completion_tokens_details"), "reasoning_tokens") or 0

    def _thinking(self) -> int:
        return self._told()

    def _choice(self, choice: dict[str, Any]) -> Iterator[StreamEvent]:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            yield from self._thought(delta.get("reasoning_content") or delta.get("reasoning"))
            content = delta.get("content")
            yield from self._parts(content) if isinstance(content, list) else self._text(content)
            if isinstance(delta.get("refusal"), str) and delta["refusal"]:
                self._is_refused = True
                self._refusal += delta["refusal"]
        finish = choice.get("finish_reason")
        if choice.get("error"):
            raise error_in_stream(choice, self._secrets)
        if isinstance(finish, str):
            if finish in FAULTS:
                raise ProviderError(FAULTS[finish])
            self._finish = finish

    def _parts(self, parts: list[Any]) -> Iterator[StreamEvent]:
        for part in parts:
            if not isinstance(part, dict):
                continue
            if part.get("type") == "thinking":
                for text in _texts(part.get("thinking")):
                    yield from self._thought(text)
            else:
                yield from self._text(part.get("text"))


def _texts(parts: object) -> list[str]:
    if isinstance(parts, str):
        return [parts]
    found = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return [text for text in found if isinstance(text, str) and text]
