"""Cutting a list of conversations into files, and zips that hold one."""

from typing import Any

import orjson
import pytest

from botcafe.formats.archive import write_archive
from botcafe.formats.bundles import read_bundle
from botcafe.formats.chats import conversation_lists
from botcafe.formats.chats.conversation_lists import split_conversations
from botcafe.formats.detect import read_file
from botcafe.formats.errors import FormatError
from tests.formats.assistants.samples import chatgpt, encoded, librechat, open_webui


def test_each_conversation_is_a_file_named_by_its_title() -> None:
    listed = [chatgpt("A/B"), open_webui("Tea"), librechat("")]
    files = split_conversations("x/conversations.json", b" " + encoded(listed).replace(b",{", b" ,\n {"))
    assert files is not None
    assert [name for name, _ in files] == [
        "A-B (conversations.json)",
        "Tea (conversations.json)",
        "3 (conversations.json)",
    ]
    assert [read_file(data).chats[0].kind for _, data in files] == ["chatgpt", "open-webui", "librechat"]


@pytest.mark.parametrize("value", [[], {}, [{"text": "Hi", "role": "user"}], chatgpt(), ["x"], [None]])
def test_other_files_stay_whole(value: Any) -> None:
    assert split_conversations("x.json", encoded(value)) is None


@pytest.mark.parametrize("odd", [None, 5, "Robin: Hi\nNoor: Hello", [], {"title": 5}])
def test_what_is_no_conversation_is_refused_alone(odd: Any) -> None:
    files = split_conversations("c.json", encoded([chatgpt(), odd, chatgpt()]))
    assert files is not None
    assert [name for name, _ in files] == ["Bread (c.json)", "2 (c.json)", "Bread (c.json)"]
    with pytest.raises(FormatError):
        read_file(files[1][1])


def test_a_list_that_is_cut_off_anywhere_is_refused_whole() -> None:
    data = encoded([chatgpt(), chatgpt()])
    for end in (len(data) - 1, len(data) - 2, len(data) // 2, len(data) // 2 + 20, 700):
        with pytest.raises(FormatError) as refused:
            split_conversations("c.json", data[:end])
        assert refused.value.code == "broken_json"


def test_numbers_that_python_refuses_are_no_fault() -> None:
    data = encoded([chatgpt()]).replace(b"1700000100.0", b"9" * 10_000)
    files = split_conversations("c.json", data)
    assert files is not None
    assert read_file(files[0][1]).chats[0].messages


def test_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_lists, "MAX_CONVERSATIONS", 2)
    with pytest.raises(FormatError) as refused:
        split_conversations("c.json", encoded([chatgpt()] * 3))
    assert refused.value.code == "too_large"


def test_of_an_export_of_chatgpt_only_the_chats_are_read() -> None:
    files = {
        "conversations-000.json": encoded([chatgpt("A")]),
        "conversations-001.json": encoded([chatgpt("B")]),
        "chat.html": b"<html>",
        "user.json": orjson.dumps({"email": "a@b"}),
        "dalle-generations/file-1.webp": b"RIFF",
    }
    bundle = read_bundle(write_archive(files))
    assert bundle is not None
    assert [name for name, _ in bundle.files] == ["conversations-000.json", "conversations-001.json"]
    assert bundle.left_out == (
        ("Other files (3 files)", "only the chats of ChatGPT's export are brought, without pictures and account data"),
    )
