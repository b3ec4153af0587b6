"""A reply in the making on the OpenAI wire: data of events in, our events out."""

from collections.abc import Iterator
from typing import Any

from botcafe.llm.protocol import Event
from botcafe.llm.reply import Reply

DONE = b"[DONE]"


class OpenAIReply(Reply):
    """Chunks of a chat completion, or the whole of one."""

    def take(self, data: bytes) -> Iterator[Event]:
        """As `Reply.take`; the end mark is no JSON."""
        if data == DONE:
            self.is_done = True
            return
        yield from super().take(data)

    def _read(self, chunk: dict[str, Any]) -> Iterator[Event]:
        self._note_usage(chunk.get("usage"))
        choices = chunk.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            yield from self._choice(choices[0])

    def _counts(self) -> tuple[int | None, int | None]:
        return self._count("prompt_tokens"), self._count("completion_tokens")

    def _choice(self, choice: dict[str, Any]) -> Iterator[Event]:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            yield from self._thought(delta.get("reasoning_content") or delta.get("reasoning"))
            content = delta.get("content")
            yield from self._parts(content) if isinstance(content, list) else self._text(content)
            if isinstance(delta.get("refusal"), str) and delta["refusal"]:
                self._is_refused = True
                self._refusal += delta["refusal"]
        if isinstance(choice.get("finish_reason"), str):
            self._finish = choice["finish_reason"]

    def _parts(self, parts: list[Any]) -> Iterator[Event]:
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
