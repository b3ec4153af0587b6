"""Chats that are stories or plain text: transcripts, KoboldAI Lite and text-generation-webui."""

from typing import Any

import pytest

from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.chats.story_chats import read_kobold_story, read_textgen_webui_chat
from botcafe.formats.chats.text_transcript import read_text_transcript
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes


def said(chat: ImportedChat) -> list[tuple[str, bool, str]]:
    return [(m.name, m.is_user, m.text) for m in chat.messages]


def transcript(text: str) -> ImportedChat:
    return read_text_transcript(text.encode())


def kobold(prompt: str, *actions: str, **settings: Any) -> ImportedChat:
    about = {"chatname": "Robin", "chatopponent": "Noor", **settings}
    return read_kobold_story({"prompt": prompt, "actions": list(actions), "savedsettings": about}, ImportNotes())


def webui(*pairs: object, **more: Any) -> ImportedChat:
    return read_textgen_webui_chat({"internal": list(pairs), **more}, ImportNotes())


@pytest.mark.parametrize(
    "text",
    [
        "Noor: Hello\nYou: Hi",
        "Noor: Hello\n\nYou: Hi\n",
        "**Noor:** Hello\n**You:** Hi",
        "- Noor: Hello\n- You: Hi",
        "[2024-07-12 12:00] Noor: Hello\n[2024-07-12 12:01] You: Hi",
        "\ufeffNoor: Hello\nYou: Hi",
        "Noor: Hello\r\nYou: Hi\r\n",
        "Noor:\nHello\nYou:\nHi",
    ],
)
def test_a_line_that_begins_with_a_name_begins_a_message(text: str) -> None:
    assert said(transcript(text)) == [("Noor", False, "Hello"), ("You", True, "Hi")]


def test_a_message_lasts_until_the_next_name() -> None:
    chat = transcript("Noor: one\ntwo\n\nthree\nYou: four")
    assert [m.text for m in chat.messages] == ["one\ntwo\n\nthree", "four"]


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("Noor: a\nYou: b", "You"),
        ("Noor: a\nUSER: b", "USER"),
        ("Me: a\nNoor: b", "Me"),
        ("Noor: a\nRobin: b", "Robin"),
        ("Robin: a\nNoor: b", "Noor"),
        ("Noor: a\nNoor: b", ""),
    ],
)
def test_the_user_is_known_by_a_usual_name_else_is_the_second_speaker(text: str, user: str) -> None:
    assert transcript(text).user_name == user


@pytest.mark.parametrize(
    "line",
    ["see https://example.com/x", "http://example.com", "(aside: no)", "“quoted: no”", "# Title: no", "a/b: no",
     "this is far too long for the name of a speaker: no", "one two three four five six: no"],
)  # fmt: skip
def test_a_line_with_a_colon_that_is_no_name_goes_on_with_the_message(line: str) -> None:
    chat = transcript(f"Noor: Hello\n{line}\nYou: Hi")
    assert chat.messages[0].text == f"Hello\n{line}"


@pytest.mark.parametrize("text", ["", "one line", "Noor: alone", "a story\nof many lines\nand no names", ":\n:\n:"])
def test_a_text_without_two_speakers_lines_is_no_chat(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        transcript(text)
    assert caught.value.code == "not_a_chat"


def test_names_without_words_are_no_chat() -> None:
    with pytest.raises(FormatError, match="nothing after the names"):
        transcript("Noor:\nYou:\n")


def test_lines_before_the_first_name_are_counted() -> None:
    chat = transcript("A chat\nof July\nNoor: a\nYou: b")
    assert chat.skipped == 2
    assert any("2 lines before" in warning for warning in chat.warnings)


def test_who_was_taken_for_whom_is_told() -> None:
    assert any("“You”" in warning and "“Noor”" in warning for warning in transcript("Noor: a\nYou: b").warnings)


def test_bytes_that_are_no_utf8_are_replaced_and_told() -> None:
    chat = read_text_transcript(b"Noor: caf\xe9\nYou: b")
    assert chat.messages[0].text == "caf\ufffd"
    assert any("not UTF-8" in warning for warning in chat.warnings)


def test_a_story_is_split_at_its_marks() -> None:
    chat = kobold("Hello", "{{[INPUT]}}Hi{{[OUTPUT]}}Tea?", "{{[INPUT]}}Yes{{[INPUT_END]}}", "{{[OUTPUT]}}Here.")
    assert said(chat) == [
        ("Noor", False, "Hello"),
        ("Robin", True, "Hi"),
        ("Noor", False, "Tea?"),
        ("Robin", True, "Yes"),
        ("Noor", False, "Here."),
    ]


def test_what_the_system_says_in_a_story_is_hidden() -> None:
    chat = kobold("{{[SYSTEM]}}Be kind.{{[SYSTEM_END]}}{{[INPUT]}}Hi")
    assert [(m.text, m.is_hidden) for m in chat.messages] == [("Be kind.", True), ("Hi", False)]


def test_a_story_without_marks_is_split_at_names() -> None:
    chat = kobold("Noor: Hello\nRobin: Hi", "\nNoor: Tea?\nStranger: no", "\nRobin: Yes")
    assert said(chat) == [
        ("Noor", False, "Hello"),
        ("Robin", True, "Hi"),
        ("Noor", False, "Tea?\nStranger: no"),
        ("Robin", True, "Yes"),
    ]


def test_several_opponents_of_a_story_keep_their_names() -> None:
    chat = kobold("Noor: a\nBastian: b\nRobin: c", chatopponent="Noor||$||Bastian")
    assert said(chat) == [("Noor", False, "a"), ("Bastian", False, "b"), ("Robin", True, "c")]


def test_a_story_without_names_is_told_by_its_pieces() -> None:
    chat = kobold("Once.", "Upon.", "", "A time.", chatopponent="")
    assert [m.text for m in chat.messages] == ["Once.", "Upon.", "A time."]


def test_pictures_of_a_story_are_left_out_with_a_warning() -> None:
    chat = kobold("{{[INPUT]}}Look [<|p|1234|p|>]here{{[OUTPUT]}}Nice [<|h|x|h|>]")
    assert [m.text for m in chat.messages] == ["Look here", "Nice"]
    assert any("pictures" in warning for warning in chat.warnings)


def test_a_picture_mark_without_its_end_stays_text() -> None:
    assert kobold("{{[INPUT]}}a [<|p|b").messages[0].text == "a [<|p|b"


def test_memory_and_note_of_a_story_are_read() -> None:
    root: dict[str, Any] = {"prompt": "a", "actions": [], "memory": "A café.", "authorsnote": "Be brief."}
    chat = read_kobold_story(root, ImportNotes())
    assert (chat.scenario, chat.note["text"], chat.user_name) == ("A café.", "Be brief.", "User")


def test_pairs_of_cells_are_user_and_bot() -> None:
    chat = webui(["<|BEGIN-VISIBLE-CHAT|>", "Hello"], ["Hi", "Tea?"], ["Yes", ""])
    assert [(m.is_user, m.text) for m in chat.messages] == [
        (False, "Hello"),
        (True, "Hi"),
        (False, "Tea?"),
        (True, "Yes"),
    ]


@pytest.mark.parametrize("pair", [None, "x", [], ["one"], 5, {}], ids=repr)
def test_what_is_no_pair_is_skipped_and_counted(pair: object) -> None:
    chat = webui(["a", "b"], pair)
    assert (len(chat.messages), chat.skipped) == (2, 1)


def test_older_files_are_read_from_what_was_visible() -> None:
    chat = read_textgen_webui_chat({"data": [["x", "y"]], "data_visible": [["a", "b"]]}, ImportNotes())
    assert [m.text for m in chat.messages] == ["a", "b"]


def test_versions_of_a_cell_are_its_swipes() -> None:
    about = {"assistant_0": {"versions": [{"content": "b"}, {"content": "c"}], "current_version_index": 1,
                             "timestamp": "Jul 12, 2024 12:00", "model_name": "m"}}  # fmt: skip
    found = webui(["a", "c"], metadata=about).messages[1]
    assert (found.text, found.swipes, found.shown) == ("c", ("b", "c"), 1)
    assert (found.sent_at, found.model) == ("2024-07-12T12:00:00.000Z", "m")


def test_a_shown_text_that_differs_is_kept_beside() -> None:
    chat = webui(["a &", "hello"], visible=[["a &amp;", "bonjour"]])
    assert [m.raw for m in chat.messages] == [{}, {"visible": "bonjour"}]
