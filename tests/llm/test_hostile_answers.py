"""An endpoint that somebody has set up to harm: it ends its own reply, and nothing else."""

from typing import Any

import pytest

from botcafe.llm.errors import BadReplyError, ModelError, ProviderError
from botcafe.llm.openai.backend import OpenAIBackend
from botcafe.llm.openai.reply_reader import OpenAIReplyReader
from botcafe.llm.protocol import ChatMessage, ChatRequest, TextDelta
from botcafe.llm.wire import reply_reader
from botcafe.llm.wire.provider_errors import error_from_object, error_from_status
from botcafe.llm.wire.think_tags import ThinkSplitter
from tests.llm.raw_server import answer, chunk, event, saying

REQUEST = ChatRequest(model="m", messages=(ChatMessage("user", "Tea?"),))


@pytest.mark.parametrize("piece", ["<", "<th", "<think></think>", "<think>a</think> \n"])
def test_one_event_of_four_megabytes_is_gone_through_once(piece: str) -> None:
    """It is read in the event loop. Where each tag went over the rest again, this took twenty minutes."""
    text = piece * (4_000_000 // len(piece))
    splitter = ThinkSplitter()
    said = [*splitter.feed(text), *splitter.close()]
    assert sum(len(delta.text) for delta in said) <= len(text)


@pytest.mark.parametrize("code", ["4" * 5000, "²", "٤٠٤", 10**30, "0404", "+404", ""])
def test_a_code_that_is_no_status_is_none(code: Any) -> None:
    found = error_from_object({"error": {"code": code, "message": "no"}})
    assert isinstance(found, ProviderError)
    assert found.status == 500


@pytest.mark.parametrize("words", ["exceeded your " * 300_000, "sk-" + "a" * 4_000_000])
def test_a_message_of_megabytes_is_looked_through_at_its_beginning(words: str) -> None:
    for found in (error_from_object({"error": {"message": words}}), error_from_status(400, words, {})):
        assert isinstance(found, ModelError)
        assert len(found.detail) <= 300


def deep(levels: int, name: str) -> bytes:
    """An object in an object, so many in all."""
    return f'{{"{name}":'.encode() * levels + b"1" + b"}" * levels


@pytest.mark.parametrize("body", [deep(900, "error"), b"[" * 900 + b"]" * 900, deep(900, "choices")])
@pytest.mark.anyio
async def test_what_nests_too_deep_is_a_bad_reply(body: bytes) -> None:
    for said in (answer(event(body)), answer(body, kind="application/json")):
        async with saying(said) as endpoint:
            with pytest.raises(BadReplyError, match="nests far too deep"):
                async for _ in OpenAIBackend(endpoint).stream(REQUEST):
                    pass
    async with saying(answer(body, status="400 Bad Request")) as endpoint:
        with pytest.raises(ModelError):
            async for _ in OpenAIBackend(endpoint).stream(REQUEST):
                pass


@pytest.mark.anyio
async def test_counts_of_ever_new_names_are_not_kept() -> None:
    told = b"".join(event(chunk({"content": "x"}, usage={f"n{n}": 1})) for n in range(reply_reader.MAX_USAGE_NAMES + 2))
    async with saying(answer(told)) as endpoint:
        with pytest.raises(BadReplyError, match="far too many counts"):
            async for _ in OpenAIBackend(endpoint).stream(REQUEST):
                pass


def test_of_a_refusal_without_end_the_beginning_is_kept() -> None:
    reader = OpenAIReplyReader(REQUEST)
    for _ in range(100):
        assert not list(reader.feed_parsed(chunk({"refusal": "no " * 1000})))
    assert len(reader._refusal) == 10_000


def test_a_text_is_told_as_it_was() -> None:
    assert ThinkSplitter().feed("a <b") == [TextDelta("a <b")]
