"""Reading streamed replies of the OpenAI wire."""

from collections.abc import Iterator

from botcafe.kit.json_types import JsonObject, JsonValue
from botcafe.llm.errors import ProviderError
from botcafe.llm.protocol import StreamEvent
from botcafe.llm.wire.provider_errors import MAX_MESSAGE, error_from_object
from botcafe.llm.wire.reply_reader import ReplyReader, token_count_in

DONE = b"[DONE]"
# Finish reasons that are faults: `error` at OpenRouter and Mistral; DeepSeek's word for being overloaded.
FAULT_FINISHES = {"error": 500, "insufficient_system_resource": 503}


class OpenAIReplyReader(ReplyReader):
    """Chunks of a chat completion, or the whole of one."""

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """As `ReplyReader.feed`; `[DONE]` marks the end and is not JSON."""
        if data.strip() == DONE:
            self.is_done = True
            return
        yield from super().feed(data)

    def _read_chunk(self, chunk: JsonObject) -> Iterator[StreamEvent]:
        groq = chunk.get("x_groq")
        self._merge_usage(chunk.get("usage") or (groq.get("usage") if isinstance(groq, dict) else None))
        choices = chunk.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            yield from self._read_choice(choices[0])

    def _token_counts(self) -> tuple[int | None, int | None]:
        """Output includes reasoning tokens, except at xAI, where only `total_tokens` shows that they are extra."""
        read, written = self._usage_count("prompt_tokens"), self._usage_count("completion_tokens")
        if (
            read is not None
            and written is not None
            and self._usage_count("total_tokens") == read + written + self._separate_reasoning()
        ):
            return read, written + self._separate_reasoning()
        return read, written

    def _separate_reasoning(self) -> int:
        return token_count_in(self._usage.get("completion_tokens_details"), "reasoning_tokens") or 0

    def _reasoning_tokens(self) -> int:
        return self._separate_reasoning()

    def _read_choice(self, choice: JsonObject) -> Iterator[StreamEvent]:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            yield from self._reasoning_events(delta.get("reasoning_content") or delta.get("reasoning"))
            content = delta.get("content")
            yield from self._read_parts(content) if isinstance(content, list) else self._text_events(content)
            refusal = delta.get("refusal")
            if isinstance(refusal, str) and refusal:
                self._is_refused = True
                self._refusal = (self._refusal + refusal)[:MAX_MESSAGE]
        finish = choice.get("finish_reason")
        if choice.get("error"):
            raise error_from_object(choice, self._secrets)
        if isinstance(finish, str):
            if finish in FAULT_FINISHES:
                raise ProviderError(FAULT_FINISHES[finish])
            self._finish = finish

    def _read_parts(self, parts: list[JsonValue]) -> Iterator[StreamEvent]:
        for part in parts:
            if not isinstance(part, dict):
                continue
            if part.get("type") == "thinking":
                for text in _texts_in(part.get("thinking")):
                    yield from self._reasoning_events(text)
            else:
                yield from self._text_events(part.get("text"))


def _texts_in(parts: object) -> list[str]:
    if isinstance(parts, str):
        return [parts]
    found = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return [text for text in found if isinstance(text, str) and text]
