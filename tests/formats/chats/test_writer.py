"""Chats are written in four formats, and what is written for machines is read back."""

import json
from typing import Any

import pytest

from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.chats.sillytavern import read_sillytavern_chat
from botcafe.formats.chats.writer import FORMATS, ExportedChat, ExportedMessage, write_chat
from botcafe.formats.detect import read_file

NOON, LATER = "2024-07-12T12:00:00.000Z", "2024-07-12T12:05:00.000Z"


def exported(**more: Any) -> ExportedMessage:
    given: dict[str, Any] = {"id": 1, "name": "Noor", "is_user": False, "text": "Hello", "sent_at": NOON}
    return ExportedMessage(**{**given, **more})


def chat_of(*messages: ExportedMessage, **more: Any) -> ExportedChat:
    given: dict[str, Any] = {
        "id": 7, "title": "Tea", "user_name": "Robin", "character_name": "Noor", "created_at": NOON, "bots": ("Noor",),
    }  # fmt: skip
    return ExportedChat(**{**given, "messages": messages, **more})


def written_lines(chat: ExportedChat) -> list[dict[str, Any]]:
    return [json.loads(line) for line in write_chat(chat, "jsonl").split(b"\n")]


def read_back(chat: ExportedChat, form: str) -> ImportedChat:
    (found,) = read_file(write_chat(chat, form)).chats
    return found


CHAT = chat_of(
    exported(text="Hello *there*"),
    exported(id=2, name="Robin", is_user=True, text="Hi\n\nyou “two” 😀", sent_at=LATER),
    exported(id=3, text="b", swipes=("a", "b", "c"), swipe=1, model="m", reasoning="Hm."),
    exported(id=4, name="System", text="hidden", is_system=True),
)


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_a_written_chat_is_read_back_with_its_messages(form: str) -> None:
    read = read_back(CHAT, form)
    assert (read.title, read.user_name, read.character_name) == ("Tea", "Robin", "Noor")
    assert read.created_at == NOON
    assert [(m.name, m.is_user, m.text, m.sent_at) for m in read.messages] == [
        (m.name, m.is_user, m.text, m.sent_at) for m in CHAT.messages
    ]
    assert [m.is_hidden for m in read.messages] == [False, False, False, True]
    assert (read.skipped, read.warnings) == (0, ())


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_alternatives_model_and_reasoning_come_back(form: str) -> None:
    found = read_back(CHAT, form).messages[2]
    assert (found.swipes, found.shown, found.model, found.reasoning) == (("a", "b", "c"), 1, "m", "Hm.")


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_scene_and_note_come_back(form: str) -> None:
    notes = {"scenario": "A café.", "note_prompt": "Be brief.", "note_depth": 2, "note_interval": 3, "note_role": 1}
    read = read_back(chat_of(exported(), notes=notes), form)
    assert read.scenario == "A café."
    assert read.note == {"text": "Be brief.", "depth": 2, "every": 3, "role": "user"}


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "a\r\nb", "\u2028", "\u0085", "<b>&amp;</b>", "{{char}}", '"quoted" \\ back', "\t", "😀" * 50],
)
@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_no_text_is_changed_on_its_way(form: str, text: str) -> None:
    assert read_back(chat_of(exported(), exported(text=text)), form).messages[1].text == text


def test_a_chat_without_messages_is_written_in_every_format() -> None:
    for form in FORMATS:
        assert write_chat(chat_of(), form)


def test_another_format_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        write_chat(CHAT, "docx")


def test_the_first_line_is_the_header_of_sillytavern() -> None:
    header = written_lines(CHAT)[0]
    assert (header["user_name"], header["character_name"], header["create_date"]) == ("Robin", "Noor", NOON)
    assert header["chat_metadata"]["botcafe"] == {"id": 7, "title": "Tea", "tags": []}


def test_a_message_without_alternatives_has_no_list_of_them() -> None:
    assert "swipes" not in written_lines(chat_of(exported(swipes=("Hello",))))[1]


def test_what_only_botcafe_has_is_kept_apart_and_without_empty_fields() -> None:
    line = written_lines(chat_of(exported(bot="noor", reactions=("♥",))))[1]
    assert line["extra"]["botcafe"] == {"id": 1, "bot": "noor", "reactions": ["♥"]}


def test_an_imported_line_keeps_what_botcafe_does_not_know() -> None:
    raw = {"mes": "old", "send_date": "2024-7-12@12h00m00s", "force_avatar": "x.png", "extra": {"bias": [1]}}
    origin: Any = {"format": "st", "raw": raw}
    line = written_lines(chat_of(exported(text="new", origin=origin)))[1]
    assert (line["mes"], line["force_avatar"], line["extra"]["bias"]) == ("new", "x.png", [1])


@pytest.mark.parametrize(
    ("given_date", "sent_at", "written"),
    [
        ("2024-7-12@12h00m00s", NOON, "2024-7-12@12h00m00s"),
        ("July 12, 2024 12:00pm", NOON, "July 12, 2024 12:00pm"),
        (1720785600000, NOON, 1720785600000),
        ("2024-7-12@12h00m00s", LATER, LATER),
    ],
)
def test_an_original_date_is_written_back_as_it_was_unless_the_message_was_sent_again(
    given_date: object, sent_at: str, written: object
) -> None:
    origin: Any = {"format": "st", "raw": {"mes": "a", "send_date": given_date}}
    assert written_lines(chat_of(exported(sent_at=sent_at, origin=origin)))[1]["send_date"] == written


def test_an_undated_message_stays_undated() -> None:
    origin: Any = {"format": "st", "raw": {"mes": "a"}, "is_undated": True}
    assert written_lines(chat_of(exported(origin=origin)))[1]["send_date"] is None


def test_a_message_of_another_app_carries_its_original_along() -> None:
    origin: Any = {"format": "risu", "raw": {"data": "a", "role": "char"}}
    line = written_lines(chat_of(exported(origin=origin)))[1]
    assert line["extra"]["botcafe"]["origin"] == {"data": "a", "role": "char"}
    assert "role" not in line


def test_a_sillytavern_file_comes_back_as_it_was() -> None:
    rows = [
        {"user_name": "Robin", "character_name": "Noor", "create_date": "2024-7-12@12h00m00s", "chat_metadata": {"x": 1}},
        {"name": "Noor", "is_user": False, "is_system": False, "send_date": "July 12, 2024 12:00pm", "mes": "a",
         "extra": {"api": "openai"}, "swipes": ["a"], "swipe_id": 0, "swipe_info": [{}]},
    ]  # fmt: skip
    read = read_sillytavern_chat(b"\n".join(json.dumps(row).encode() for row in rows))
    (found,) = read.messages
    message = exported(text=found.text, swipes=found.swipes, origin={"format": "st", "raw": found.raw})
    header, line = written_lines(chat_of(message, origin={"format": "st", "header": read.header}))
    del header["chat_metadata"]["botcafe"], line["extra"]["botcafe"]
    assert [header, line] == rows


def test_markdown_has_a_title_and_a_paragraph_for_each_message() -> None:
    text = write_chat(CHAT, "md").decode()
    assert text.startswith("# Tea\n\n*Robin with Noor*\n")
    assert "**Robin** · 2024-07-12 12:05\n\nHi\n\nyou “two” 😀\n" in text


def test_html_escapes_names_and_titles() -> None:
    nasty = "<script>alert(1)</script>"
    page = write_chat(chat_of(exported(name=nasty, html="<p>Hello</p>"), title=nasty), "html").decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<p>Hello</p>" in page


def test_html_marks_what_the_user_wrote() -> None:
    page = write_chat(CHAT, "html").decode()
    assert page.count("<article class=me>") == 1
    assert page.count("<article>") == 3


@pytest.mark.parametrize("form", ["md", "html"])
def test_half_a_character_breaks_no_page(form: str) -> None:
    assert write_chat(chat_of(exported(text="a\ud800", html="a\ud800")), form)
