"""The rehearsal: the same words each time, labelled, made of what the bot and the turn bring."""

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcafe.llm.protocol import ChatMessage, ChatRequest, StreamEnd, StreamEvent, Usage
from botcafe.llm.rehearsal import LABEL, RehearsalBackend, RehearsalScript, rehearse
from tests.llm.helpers import chat_request, text_of

SCRIPT = RehearsalScript(
    bot_name="Mira",
    greeting="Welcome in, {{user}}. The kettle is on.",
    examples="<START>\n{{user}}: Hello?\n{{char}}: You came back before the rain did.",
    lore=["The lighthouse has been dark since the storm of 1911."],
    memories=["Ada is afraid of deep water."],
)


def test_the_reply_is_labelled_and_holds_what_it_was_given() -> None:
    text = rehearse(chat_request("rehearsal", "Shall we row out to the lighthouse?"), SCRIPT)
    assert text.startswith(LABEL)
    for piece in (
        "Shall we row out to the lighthouse?", "Mira", "Welcome in, you.", "The lighthouse has been dark",
        "Ada is afraid of deep water.", "You came back before the rain did.",
    ):  # fmt: skip
        assert piece in text
    assert "{{" not in text
    assert "Hello?" not in text


def test_the_same_inputs_give_the_same_text_and_other_words_another() -> None:
    assert rehearse(chat_request("a", "one"), SCRIPT) == rehearse(chat_request("b", "one"), SCRIPT)
    assert rehearse(chat_request("a", "one"), SCRIPT) != rehearse(chat_request("a", "two"), SCRIPT)


TEXTS = st.text(max_size=400)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS, st.lists(TEXTS, max_size=3), st.lists(TEXTS, max_size=3))
def test_any_script_gives_sixty_to_a_hundred_and_twenty_words(
    said: str, name: str, greeting: str, examples: str, lore: list[str], memories: list[str]
) -> None:
    text = rehearse(chat_request("any", said), RehearsalScript(name, greeting, examples, lore, memories))
    assert text.startswith(LABEL)
    assert 60 <= len(text.split()) <= 120


def test_long_texts_are_clipped_to_the_length_of_a_reply() -> None:
    long = "word " * 500
    for number in range(200):
        script = RehearsalScript("Mira of the Far Harbour Light", long, [long], [long], [long])
        assert 60 <= len(rehearse(chat_request("any", f"{number} {long}"), script).split()) <= 120


def test_a_chat_without_a_user_message_gets_a_reply() -> None:
    request = ChatRequest("any", (ChatMessage("assistant", "Hello."),))
    assert rehearse(request, RehearsalScript("Mira")).startswith(LABEL)


async def _play(pace: float) -> tuple[list[StreamEvent], float]:
    begun = time.monotonic()
    events = [event async for event in RehearsalBackend(SCRIPT, pace).stream(chat_request("any"))]
    return events, time.monotonic() - begun


def test_the_rehearsal_streams_words_then_usage_and_end() -> None:
    events, seconds = asyncio.run(_play(0))
    assert text_of(events) == rehearse(chat_request("any"), SCRIPT)
    assert len(events) > 60
    assert isinstance(events[-2], Usage)
    assert events[-2].estimated
    assert events[-1] == StreamEnd("stop")
    assert seconds < 0.5


@pytest.mark.asyncio
async def test_the_pace_is_kept_and_the_stream_can_be_closed_early() -> None:
    begun = time.monotonic()
    stream = RehearsalBackend(SCRIPT, pace=100).stream(chat_request("any"))
    for _ in range(6):
        await anext(stream)
    await stream.aclose()
    assert 0.045 <= time.monotonic() - begun < 0.5
