"""Chats of SillyTavern: JSON lines, read with every repair that their files need."""

import json
from typing import Any

import pytest

from botcafe.formats.chats import model
from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.chats.sillytavern import is_sillytavern_line, read_sillytavern_chat
from botcafe.formats.errors import FormatError
from botcafe.formats.limits import MAX_SWIPES

HEADER: dict[str, Any] = {"user_name": "Robin", "character_name": "Noor", "create_date": "2024-7-12@12h00m00s"}


def lines(*rows: object) -> bytes:
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)


def message(text: object = "Hello", **more: Any) -> dict[str, Any]:
    return {"name": "Noor", "is_user": False, "mes": text, **more}


def read(*rows: object) -> ImportedChat:
    return read_sillytavern_chat(lines(*rows))


def read_one(row: dict[str, Any]) -> Any:
    (found,) = read(HEADER, row).messages
    return found


def test_a_header_and_its_messages_are_read_in_order() -> None:
    chat = read(HEADER, message("Hello"), message("Hi", name="Robin", is_user=True))
    assert (chat.kind, chat.user_name, chat.character_name) == ("st", "Robin", "Noor")
    assert chat.created_at == "2024-07-12T12:00:00.000Z"
    assert [(m.name, m.is_user, m.text) for m in chat.messages] == [("Noor", False, "Hello"), ("Robin", True, "Hi")]
    assert (chat.skipped, chat.warnings) == (0, ())


def test_a_chat_without_a_header_takes_names_from_its_messages() -> None:
    chat = read(message(), message(name="Robin", is_user=True))
    assert (chat.user_name, chat.character_name) == ("Robin", "Noor")


def test_unused_names_of_newer_headers_are_passed_over() -> None:
    chat = read({"user_name": "unused", "character_name": "unused", "chat_metadata": {}}, message())
    assert (chat.user_name, chat.character_name) == ("", "Noor")


def test_a_hidden_narrator_does_not_become_the_character() -> None:
    assert read(message(name="System", is_system=True), message(name="Noor")).character_name == "Noor"


def test_a_header_alone_is_a_chat_without_messages() -> None:
    assert read(HEADER).messages == ()


@pytest.mark.parametrize("data", [b"", b"\n\n", b"nonsense", b"[1]\n[2]", b'{"mes": 5}', b'"text"'])
def test_a_file_without_a_message_is_no_chat(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_sillytavern_chat(data)


@pytest.mark.parametrize("broken", [b"{", b"nonsense", b"[1, 2]", b"5", b'{"mes": "a"'])
def test_a_broken_line_is_skipped_and_counted(broken: bytes) -> None:
    chat = read(HEADER, message("one"), broken, message("two"))
    assert [m.text for m in chat.messages] == ["one", "two"]
    assert chat.skipped == 1
    assert chat.warnings


@pytest.mark.parametrize("row", [{"name": "Noor"}, {"mes": None}, {"mes": 5}, {"mes": {}}, {"mes": ["a"]}])
def test_a_line_without_words_is_skipped_and_counted(row: dict[str, Any]) -> None:
    chat = read(HEADER, message("one"), row)
    assert [m.text for m in chat.messages] == ["one"]
    assert chat.skipped == 1


def test_blank_lines_and_a_byte_order_mark_are_nothing_to_tell_of() -> None:
    chat = read_sillytavern_chat(b"\xef\xbb\xbf" + lines(HEADER, b"", message(), b"  ", b""))
    assert (len(chat.messages), chat.skipped, chat.warnings) == (1, 0, ())


def test_lines_may_end_as_on_windows() -> None:
    assert len(read_sillytavern_chat(lines(HEADER, message(), message()).replace(b"\n", b"\r\n")).messages) == 2


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (message("Hello"), "Hello"),
        (message(""), ""),
        (message({"message": "wrapped"}), "wrapped"),
        (message({"mes": "wrapped"}), "wrapped"),
        (message(None, swipes=["a", "b"], swipe_id=1), "b"),
        (message(None, swipes=["a", "b"], swipe_id=9), "b"),
        (message(None, swipes=["a", "b"], swipe_id=-3), "a"),
        (message(None, swipes=["a", "b"]), "a"),
    ],
)
def test_the_text_of_a_message_is_found(row: dict[str, Any], text: str) -> None:
    assert read_one(row).text == text


@pytest.mark.parametrize(
    ("row", "swipes", "shown"),
    [
        (message("a"), ("a",), 0),
        (message("a", swipes=["a", "b"], swipe_id=0), ("a", "b"), 0),
        (message("b", swipes=["a", "b"], swipe_id=1), ("a", "b"), 1),
        (message("b", swipes=["a", "b"], swipe_id=0), ("a", "b"), 1),
        (message("edited", swipes=["a", "b"], swipe_id=1), ("a", "b", "edited"), 2),
        (message("a", swipes=["a", {"mes": "b"}, 5, None]), ("a", "b"), 0),
        (message("a", swipes="ab"), ("a",), 0),
        (message("a", swipes=[]), ("a",), 0),
        (message("b", swipes=["a", "b"], swipe_id="1"), ("a", "b"), 1),
    ],
)
def test_alternatives_are_kept_with_the_shown_one(row: dict[str, Any], swipes: tuple[str, ...], shown: int) -> None:
    found = read_one(row)
    assert (found.swipes, found.shown) == (swipes, shown)
    assert found.swipes[found.shown] == found.text


def test_too_many_alternatives_are_cut_with_a_warning_and_the_shown_text_stays() -> None:
    chat = read(HEADER, message("last", swipes=[f"s{n}" for n in range(MAX_SWIPES + 5)], swipe_id=0))
    assert len(chat.messages[0].swipes) == MAX_SWIPES + 1
    assert chat.messages[0].swipes[chat.messages[0].shown] == "last"
    assert any("alternatives" in warning for warning in chat.warnings)


@pytest.mark.parametrize(
    ("more", "field", "value"),
    [
        ({"is_system": True}, "is_hidden", True),
        ({"is_system": "true"}, "is_hidden", False),
        ({"send_date": 1720785600000}, "sent_at", "2024-07-12T12:00:00.000Z"),
        ({"send_date": "July 12, 2024 12:00pm"}, "sent_at", "2024-07-12T12:00:00.000Z"),
        ({"send_date": "long ago"}, "sent_at", None),
        ({"extra": {"reasoning": "Hm."}}, "reasoning", "Hm."),
        ({"extra": {"model": "gpt-4o"}}, "model", "gpt-4o"),
        ({"extra": {"model": 5}}, "model", ""),
        ({"extra": None}, "reasoning", ""),
        ({"original_avatar": "noor.png"}, "avatar", "noor.png"),
        ({"name": "  Noor \n Bell "}, "name", "Noor Bell"),
        ({"name": "n" * 500}, "name", "n" * 200),
        ({"name": None}, "name", ""),
        ({"name": "", "is_user": True}, "name", "User"),
        ({"name": 5, "is_user": True}, "name", "User"),
        ({"is_user": "true"}, "is_user", False),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_field_of_a_message_is_read(more: dict[str, Any], field: str, value: object) -> None:
    assert getattr(read_one(message(**more)), field) == value


@pytest.mark.parametrize(
    ("about", "note"),
    [
        ({"note_prompt": "Be brief."}, {"text": "Be brief.", "depth": 4, "every": 1, "role": "system"}),
        (
            {"note_prompt": "x", "note_depth": 0, "note_interval": 3, "note_role": 1},
            {"text": "x", "depth": 0, "every": 3, "role": "user"},
        ),
        ({"note_prompt": "x", "note_role": 2}, {"text": "x", "depth": 4, "every": 1, "role": "assistant"}),
        ({"note_prompt": "x", "note_role": 7}, {"text": "x", "depth": 4, "every": 1, "role": "system"}),
        ({"note_prompt": "x", "note_interval": 0}, {"text": "x", "depth": 4, "every": 1, "role": "system"}),
        ({"note_prompt": "  "}, {}),
        ({"note_depth": 2}, {}),
        ({}, {}),
    ],
)
def test_the_authors_note_is_read(about: dict[str, Any], note: dict[str, Any]) -> None:
    assert read({**HEADER, "chat_metadata": about}, message()).note == note


def test_scenario_and_our_own_title_are_read() -> None:
    about = {"scenario": "A café.", "botcafe": {"title": "Tea"}}
    chat = read({**HEADER, "chat_metadata": about}, message())
    assert (chat.scenario, chat.title) == ("A café.", "Tea")


def test_a_message_keeps_its_original_line() -> None:
    row = message("Hello", force_avatar="x", extra={"bias": [1]})
    assert read_one(row).raw == row


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"mes": "x"}, True),
        ({"chat_metadata": {}}, True),
        ({"user_name": "x"}, True),
        ({"name": "x"}, False),
        ({}, False),
        ([], False),
        ("mes", False),
        (None, False),
    ],
)
def test_a_line_of_a_chat_is_known(row: Any, answer: bool) -> None:
    assert is_sillytavern_line(row) is answer


def test_a_chat_of_too_many_messages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MAX_MESSAGES", 3)
    assert len(read(*[message()] * 3).messages) == 3
    with pytest.raises(FormatError, match="at most 3"):
        read(*[message()] * 4)
