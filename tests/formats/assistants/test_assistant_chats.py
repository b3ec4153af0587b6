"""Chats of ChatGPT, Open WebUI and LibreChat: all branches, times, models; and what is wrong with a file."""

from typing import Any

import pytest

from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.detect import detect_format, read_file
from botcafe.formats.errors import FormatError
from botcafe.kit.json_types import list_or_empty
from tests.formats.assistants.samples import (
    chatgpt,
    encoded,
    gpt_message,
    gpt_node,
    libre_message,
    librechat,
    nested_librechat,
    open_webui,
)

BUILDERS = {"chatgpt": chatgpt, "open-webui": open_webui, "librechat": librechat}


def read(value: Any) -> ImportedChat:
    (chat,) = read_file(encoded(value)).chats
    return chat


def branch(chat: ImportedChat) -> list[str]:
    """The texts of the shown branch."""
    texts: list[str] = []
    at = chat.leaf
    while at is not None:
        texts.append(chat.messages[at].text)
        at = chat.parents[at]
    return texts[::-1]


def links(chat: ImportedChat) -> dict[str, str | None]:
    """The text that each text follows."""
    return {
        message.text: None if above is None else chat.messages[above].text
        for message, above in zip(chat.messages, chat.parents, strict=True)
    }


def chatgpt_of(*nodes: dict[str, Any], current: str = "a") -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for node in nodes:
        mapping |= node
    return chatgpt(mapping=mapping, current_node=current)


def test_chatgpt_keeps_both_branches_and_shows_the_current_one() -> None:
    chat = read(chatgpt())
    assert links(chat) == {
        "Which flour?": None,
        "Wheat.": "Which flour?",
        "Spelt.": "Which flour?",
        "Which dark flour?": None,
        "Rye.": "Which dark flour?",
    }
    assert branch(chat) == ["Which dark flour?", "Rye."]
    assert (chat.title, chat.created_at, chat.source_id) == ("Bread", "2023-11-14T22:13:20.500Z", "conv-Bread")


def test_chatgpt_keeps_times_models_thoughts_and_the_original() -> None:
    chat = read(chatgpt())
    rye = next(message for message in chat.messages if message.text == "Rye.")
    assert (rye.name, rye.model, rye.reasoning, rye.sent_at) == (
        "ChatGPT",
        "gpt-4o",
        "Rye it is.",
        "2023-11-14T22:13:25.000Z",
    )
    assert rye.raw["id"] == "m-Rye."
    assert "mapping" not in chat.header
    assert len(list_or_empty(chat.header["unshown_messages"])) == 2


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"content_type": "code", "language": "python", "text": "1 + 1"}, "```python\n1 + 1\n```"),
        ({"content_type": "multimodal_text", "parts": [{"content_type": "image_asset_pointer"}, "A cat"]}, "[image]\n\nA cat"),
        ({"content_type": "multimodal_text", "parts": [{"content_type": "audio_transcription", "text": "Hi"}]}, "Hi"),
        ({"content_type": "text", "parts": ["Sure\ue200cite\ue202turn0\ue201.", None, 7]}, "Sure."),
        ({"content_type": "some_new_type", "text": "As text"}, "As text"),
    ],
)  # fmt: skip
def test_chatgpt_contents_of_other_types(content: dict[str, Any], text: str) -> None:
    chat = read(chatgpt_of(gpt_node("a", None, gpt_message("assistant", "", content=content))))
    assert [message.text for message in chat.messages] == [text]


@pytest.mark.parametrize(
    "message",
    [
        None,
        gpt_message("assistant", "search()", recipient="web"),
        gpt_message("tool", "result"),
        gpt_message("user", "", content={"content_type": "user_editable_context", "user_profile": "x"}),
        gpt_message("system", "You are ChatGPT"),
        {"author": 5, "content": [], "metadata": "x"},
    ],
)
def test_chatgpt_steps_over_what_is_not_shown(message: dict[str, Any] | None) -> None:
    first, last = gpt_message("user", "Hi"), gpt_message("assistant", "Hello")
    chat = read(chatgpt_of(gpt_node("u", None, first), gpt_node("x", "u", message), gpt_node("a", "x", last)))
    assert links(chat) == {"Hi": None, "Hello": "Hi"}


def test_open_webui_keeps_the_replies_of_both_models() -> None:
    chat = read(open_webui())
    assert links(chat) == {"Which tea?": None, "Black.": "Which tea?", "Green tea.": "Which tea?"}
    assert branch(chat) == ["Which tea?", "Black."]
    green = chat.messages[2]
    assert (green.name, green.model, green.reasoning) == ("Open WebUI", "qwen3", "> Green?")
    assert (chat.header["folder_id"], chat.source_id) == ("f", "id-Tea")


@pytest.mark.parametrize("scale", [1, 1_000, 1_000_000_000])
def test_open_webui_writes_times_in_three_units(scale: int) -> None:
    assert read(open_webui(created_at=1_700_000_000 * scale)).created_at == "2023-11-14T22:13:20.000Z"


def test_open_webui_without_the_row_around_it_and_without_history() -> None:
    inner = open_webui()["chat"]
    assert branch(read(inner)) == ["Which tea?", "Black."]
    older = {key: value for key, value in inner.items() if key != "history"}
    assert branch(read(open_webui(chat=older))) == ["Which tea?", "Black."]


def test_librechat_flat_shows_the_newest_branch() -> None:
    chat = read(librechat())
    assert links(chat) == {"Which soup?": None, "Leek.": "Which soup?", "Bean.": "Which soup?"}
    assert branch(chat) == ["Which soup?", "Bean."]
    assert (chat.messages[2].model, chat.messages[2].reasoning) == ("gpt-4", "Cold out.")


def test_librechat_nested_by_as_many_messages_as_a_long_chat_has() -> None:
    chat = read(nested_librechat(300))
    assert branch(chat) == [f"Line {n}" for n in range(1, 301)]
    assert "children" not in chat.messages[0].raw


@pytest.mark.parametrize("kind", BUILDERS)
def test_the_kind_is_told_by_the_contents(kind: str) -> None:
    for value in (BUILDERS[kind](), [BUILDERS[kind]("A"), BUILDERS[kind]("B")]):
        assert detect_format(encoded(value)) == "chat"
        assert {chat.kind for chat in read_file(encoded(value)).chats} == {kind}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (chatgpt(mapping=[]), "mapping must be an object with the messages, but a list was found."),
        (open_webui(chat={"history": {"messages": 5}}), "chat.history.messages must be an object with the messages, but a number was found."),
        (librechat(messages="x"), "messages must be a list with the messages, but text was found."),
        (
            librechat(messages=[libre_message("1", None, "a", 1), libre_message("1", None, "b", 2)]),
            "Two messages have the id “1”; each must have its own.",
        ),
        (
            chatgpt_of(gpt_node("u", "a", gpt_message("user", "Hi")), gpt_node("a", "u", gpt_message("assistant", "Oh"))),
            "The messages of this chat go round in a circle at “u”; each must lead back to a first message.",
        ),
        (chatgpt(mapping={}), "The chat in this file has no message."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(value: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FormatError) as refused:
        read_file(encoded(value))
    assert refused.value.message == sentence


def test_a_message_whose_parent_is_missing_starts_the_chat_and_is_noted() -> None:
    found = read_file(encoded(chatgpt_of(gpt_node("a", "gone", gpt_message("assistant", "Hello")))))
    assert links(found.chats[0]) == {"Hello": None}
    assert found.warnings == ("1 messages follow one that is not in the file; they were put at the start of the chat.",)


def test_an_unknown_current_node_shows_the_newest_message() -> None:
    assert branch(read(chatgpt(current_node="gone"))) == ["Which dark flour?", "Rye."]


def test_a_chat_of_fifty_thousand_messages_is_refused_or_read_whole() -> None:
    rows = [libre_message(str(n), str(n - 1) if n else None, "Line", n % 60) for n in range(50_000)]
    chat = read(librechat(messages=rows))
    assert len(chat.messages) == 50_000
    mapping: dict[str, Any] = {}
    line = gpt_message("user", "Line", content={"content_type": "text", "parts": ["Line", {}, {}]})
    for n in range(51_000):
        mapping |= gpt_node(str(n), str(n - 1) if n else None, line)
    with pytest.raises(FormatError) as refused:
        read_file(encoded(chatgpt(mapping=mapping)))
    assert refused.value.code == "too_large"


def test_what_is_nested_too_deeply_is_refused() -> None:
    data = (
        b'[{"messageId":"","conversationId":"","messages":' + b'[{"children":' * 5_000 + b"[]" + b"}]" * 5_000 + b"}]"
    )
    with pytest.raises(FormatError) as refused:
        read_file(data)
    assert refused.value.code == "too_deep"
