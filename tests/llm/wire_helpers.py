"""How these tests ask a provider over its own wire."""

import asyncio

from botcafe.llm.backends import backend_for
from botcafe.llm.errors import ModelError
from botcafe.llm.fake.server import FakeProvider
from botcafe.llm.protocol import ChatMessage, ChatRequest, Deadlines, Endpoint, StreamEvent
from tests.llm.helpers import chat_request

WIRES = ("custom", "anthropic", "google")
MESSAGES = (ChatMessage("system", "Be kind."), ChatMessage("user", "Hello there"))


async def call_model(
    provider: str, endpoint: Endpoint, model: str, deadlines: Deadlines | None = None
) -> tuple[list[StreamEvent], ModelError | None]:
    """The events of a call, and the error that ended it."""
    return await collect_events(provider, endpoint, chat_request(model), deadlines)


async def collect_events(
    provider: str, endpoint: Endpoint, request: ChatRequest, deadlines: Deadlines | None = None
) -> tuple[list[StreamEvent], ModelError | None]:
    """The same for a request of one's own."""
    events: list[StreamEvent] = []
    try:
        async for event in backend_for(provider, endpoint, deadlines).stream(request):
            events.append(event)  # noqa: PERF401 what came before an error is the point
    except ModelError as error:
        return events, error
    return events, None


async def wait_until_closed(fake: FakeProvider) -> None:
    """Wait until no socket to the fake is open."""
    async with asyncio.timeout(2):
        while fake.open_sockets:
            await asyncio.sleep(0.002)
