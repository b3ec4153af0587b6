"""How the tests of this room ask a backend, and what they make of its events."""

from collections.abc import Sequence

from botcafe.llm.errors import ModelError
from botcafe.llm.openai.backend import OpenAIBackend
from botcafe.llm.protocol import ChatMessage, ChatRequest, Deadlines, Endpoint, ReasoningDelta, StreamEvent, TextDelta

KEY = "sk-live-0123456789abcdefghij"
SAID = "Good evening, the café is open."
QUICK = Deadlines(first_event_s=0.15, idle_s=0.15)


def chat_request(model: str, text: str = "Hello there") -> ChatRequest:
    return ChatRequest(model, (ChatMessage("system", "Be kind."), ChatMessage("user", text)), max_tokens=50)


async def events_of(endpoint: Endpoint, model: str, deadlines: Deadlines | None = None) -> list[StreamEvent]:
    return [event async for event in OpenAIBackend(endpoint, deadlines).stream(chat_request(model))]


async def events_until_error(
    endpoint: Endpoint, model: str, deadlines: Deadlines
) -> tuple[list[StreamEvent], ModelError | None]:
    events: list[StreamEvent] = []
    try:
        async for event in OpenAIBackend(endpoint, deadlines).stream(chat_request(model)):
            events.append(event)  # noqa: PERF401 what came before the error is the point
    except ModelError as error:
        return events, error
    return events, None


def text_of(events: Sequence[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def reasoning_of(events: Sequence[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))
