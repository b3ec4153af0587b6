"""JSON chats of other apps, and our own."""

from typing import Any

import pytest

from botcafe.formats.chats import json_chats
from botcafe.formats.chats.json_chats import (
    read_agnai_chat,
    read_botcafe_chat,
    read_character_ai_histories,
    read_character_ai_turns,
    read_message_array,
    read_risu_chats,
)
from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes

NOON = "2024-07-12T12:00:00.000Z"


def only(chats: list[ImportedChat]) -> ImportedChat:
    (chat,) = chats
    return chat


def said(chat: ImportedChat) -> list[tuple[str, bool, str]]:
    return [(m.name, m.is_user, m.text) for m in chat.messages]


def agnai(*rows: object, **more: Any) -> ImportedChat:
    return only(read_agnai_chat({"name": "Noor", "messages": list(rows), **more}, ImportNotes()))


def risu(*rows: object, **more: Any) -> ImportedChat:
    return only(read_risu_chats({"type": "risuChat", "data": {"message": list(rows), **more}}, ImportNotes()))


def histories(*rows: object, info: object = None) -> list[ImportedChat]:
    root: Any = {"histories": {"histories": list(rows)}, "info": info or {"character": {"name": "Noor"}}}
    return read_character_ai_histories(root, ImportNotes())


def turn(text: str, *, is_human: bool = False, at: str | None = None, **more: Any) -> dict[str, Any]:
    author = {"name": "Robin" if is_human else "Noor", "is_human": is_human}
    return {"author": author, "create_time": at, "candidates": [{"candidate_id": "c", "raw_content": text}], **more}


def turns(*rows: object, **more: Any) -> ImportedChat:
    return only(read_character_ai_turns({"turns": list(rows), **more}, ImportNotes()))


def array(*rows: Any) -> ImportedChat:
    return only(read_message_array(list(rows), ImportNotes()))


def botcafe(*rows: object, **more: Any) -> ImportedChat:
    return only(read_botcafe_chat({"spec": "botcafe_chat", "data": {"messages": list(rows), **more}}, ImportNotes()))


def test_agnai_tells_the_user_by_an_id_and_the_bot_by_the_name_of_the_chat() -> None:
    chat = agnai({"msg": "Hello"}, {"msg": "Hi", "userId": "u1", "handle": "Robin"}, scenario="A café.")
    assert said(chat) == [("Noor", False, "Hello"), ("Robin", True, "Hi")]
    assert (chat.kind, chat.character_name, chat.user_name, chat.scenario) == ("agnai", "Noor", "Robin", "A café.")


def test_agnai_writes_its_dates_as_iso() -> None:
    assert agnai({"msg": "a", "createdAt": "2024-07-12T12:00:00.000Z"}).messages[0].sent_at == NOON


@pytest.mark.parametrize("row", [{}, {"msg": None}, {"msg": 5}, {"text": "a"}, "a", None, []], ids=repr)
def test_an_item_without_a_message_is_skipped_and_counted(row: object) -> None:
    chat = agnai({"msg": "a"}, row)
    assert len(chat.messages) == 1
    assert chat.skipped == 1
    assert any("skipped" in warning for warning in chat.warnings)


def test_the_rest_of_the_file_is_kept_as_its_header() -> None:
    assert agnai({"msg": "a"}, greeting="x").header == {"name": "Noor", "greeting": "x"}


def test_risu_tells_user_and_bot_by_role() -> None:
    chat = risu({"role": "char", "data": "Hello"}, {"role": "user", "data": "Hi", "name": "Robin"}, name="Tea")
    assert said(chat) == [("", False, "Hello"), ("Robin", True, "Hi")]
    assert (chat.title, chat.has_greeting) == ("Tea", False)


@pytest.mark.parametrize(
    ("index", "greeting"), [(None, 0), (-1, 0), (0, 1), (3, 4), (-2, 0), (True, 0), ("1", 0), (1.5, 0)]
)
def test_risu_counts_alternate_greetings_from_zero(index: object, greeting: int) -> None:
    assert risu({"role": "char", "data": "a"}, fmIndex=index).greeting == greeting


@pytest.mark.parametrize(
    ("more", "field", "value"),
    [
        ({"disabled": True}, "is_hidden", True),
        ({"isComment": True}, "is_hidden", True),
        ({"disabled": False}, "is_hidden", False),
        ({"time": 1720785600000}, "sent_at", NOON),
        ({"generationInfo": {"model": "m"}}, "model", "m"),
        ({"generationInfo": "m"}, "model", ""),
    ],
)
def test_a_field_of_a_risu_message_is_read(more: dict[str, Any], field: str, value: object) -> None:
    assert getattr(risu({"role": "char", "data": "a", **more}).messages[0], field) == value


def test_the_note_of_a_risu_chat_is_its_authors_note() -> None:
    assert risu(note="Be brief.").note == {"text": "Be brief.", "depth": 4, "every": 1, "role": "system"}
    assert risu(note="  ").note == {}


def test_all_chats_of_a_risu_file_are_read() -> None:
    rows = [{"name": "a", "message": []}, "odd", {"name": "b", "message": []}]
    chats = read_risu_chats({"type": "risuAllChats", "data": rows}, ImportNotes())
    assert [chat.title for chat in chats] == ["a", "b"]


def test_a_file_of_too_many_chats_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_chats, "MAX_CHATS", 2)
    with pytest.raises(FormatError, match="at most 2"):
        read_risu_chats({"data": [{}, {}, {}]}, ImportNotes())


def test_older_files_of_character_ai_tell_the_human_by_its_source() -> None:
    bot = {"text": "Hello", "src": {"is_human": False, "name": "Noor"}, "created": "2024-07-12T12:00:00Z"}
    user = {"text": "Hi", "src": {"is_human": True, "name": "robin"}, "display_name": "Robin"}
    (chat,) = histories({"msgs": [bot, user], "created": "2024-07-12T12:00:00Z"})
    assert said(chat) == [("Noor", False, "Hello"), ("Robin", True, "Hi")]
    assert (chat.created_at, chat.messages[0].sent_at, chat.character_name) == (NOON, NOON, "Noor")


def test_a_redacted_name_becomes_the_macro_for_the_user() -> None:
    (chat,) = histories({"msgs": [{"text": "Hi, [NAME_IN_MESSAGE_REDACTED]!"}]})
    assert chat.messages[0].text == "Hi, {{user}}!"


def test_an_alternative_of_character_ai_becomes_a_swipe_of_the_reply_before_it() -> None:
    rows = [{"text": "a"}, {"text": "b", "is_alternative": True}, {"text": "c", "is_alternative": True}]
    (chat,) = histories({"msgs": rows})
    assert [(m.text, m.swipes, m.shown) for m in chat.messages] == [("a", ("a", "b", "c"), 0)]


def test_an_alternative_after_the_user_is_a_message_of_its_own() -> None:
    rows = [{"text": "a", "src": {"is_human": True}}, {"text": "b", "is_alternative": True}]
    (chat,) = histories({"msgs": rows})
    assert [m.text for m in chat.messages] == ["a", "b"]


def test_chats_without_messages_are_left_out() -> None:
    assert [len(chat.messages) for chat in histories({"msgs": []}, {"msgs": [{"text": "a"}]}, {})] == [1]


def test_newer_files_of_character_ai_are_turned_to_oldest_first() -> None:
    chat = turns(turn("third"), turn("second", is_human=True), turn("first"))
    assert [m.text for m in chat.messages] == ["first", "second", "third"]
    assert (chat.user_name, chat.character_name) == ("Robin", "Noor")


def test_dates_decide_where_the_turns_are_oldest_first_already() -> None:
    chat = turns(turn("first", at="2024-07-12T12:00:00Z"), turn("second", at="2024-07-12T12:01:00Z"))
    assert [m.text for m in chat.messages] == ["first", "second"]


def test_the_candidates_of_a_turn_are_its_swipes() -> None:
    candidates = [{"candidate_id": str(n), "raw_content": f"t{n}"} for n in range(3)]
    (found,) = turns(turn("", candidates=candidates, primary_candidate_id="2")).messages
    assert (found.text, found.swipes, found.shown) == ("t2", ("t0", "t1", "t2"), 2)


@pytest.mark.parametrize("candidates", [[], None, "x", [{}], [{"raw_content": 5}], [None]], ids=repr)
def test_a_turn_without_words_is_skipped(candidates: object) -> None:
    chat = turns(turn("a"), turn("", candidates=candidates))
    assert [m.text for m in chat.messages] == ["a"]
    assert chat.skipped == 1


def test_the_character_of_the_file_goes_before_that_of_its_turns() -> None:
    assert turns(turn("a"), character={"name": "Bastian"}).character_name == "Bastian"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"speaker": "Noor", "message": "a"}, ("Noor", False, "a")),
        ({"author": "Noor", "text": "a"}, ("Noor", False, "a")),
        ({"name": "Noor", "content": "a"}, ("Noor", False, "a")),
        ({"role": "assistant", "content": "a"}, ("assistant", False, "a")),
        ({"role": "user", "content": "a"}, ("user", True, "a")),
        ({"role": "user", "name": "Robin", "content": "a"}, ("Robin", True, "a")),
        ({"name": "You", "message": "a"}, ("You", True, "a")),
        ({"name": "HUMAN", "message": "a"}, ("HUMAN", True, "a")),
        ({"name": "Robin", "is_user": True, "message": "a"}, ("Robin", True, "a")),
        ({"message": "a"}, ("", False, "a")),
        ({"message": None, "text": "b"}, ("", False, "b")),
        ({"message": "a", "text": "b"}, ("", False, "a")),
    ],
)
def test_a_row_of_an_array_is_read_by_its_usual_keys(row: dict[str, Any], message: tuple[str, bool, str]) -> None:
    assert said(array(row)) == [message]


@pytest.mark.parametrize("key", ["timestamp", "time", "date"])
def test_a_row_of_an_array_has_its_date_under_a_usual_key(key: str) -> None:
    assert array({"message": "a", key: 1720785600}).messages[0].sent_at == NOON


def test_the_first_other_speaker_of_an_array_is_the_character() -> None:
    assert array({"name": "You", "text": "a"}, {"name": "Noor", "text": "b"}).character_name == "Noor"
    assert array({"name": "You", "text": "a"}).character_name == ""


def test_our_own_chats_are_read_with_all_that_they_hold() -> None:
    row = {
        "name": "Noor", "is_user": False, "text": "b", "swipes": ["a", "b"], "swipe": 1, "sent_at": NOON,
        "reasoning": "Hm.", "model": "m", "is_hidden": True, "origin": {"x": 1},
    }  # fmt: skip
    chat = botcafe(row, title="Tea", user_name="Robin", character_name="Noor", created_at=NOON, origin={"h": 1})
    (found,) = chat.messages
    assert (found.text, found.swipes, found.shown, found.sent_at) == ("b", ("a", "b"), 1, NOON)
    assert (found.reasoning, found.model, found.is_hidden, found.raw) == ("Hm.", "m", True, {"x": 1})
    assert (chat.title, chat.user_name, chat.character_name) == ("Tea", "Robin", "Noor")
    assert (chat.created_at, chat.header) == (NOON, {"h": 1})


@pytest.mark.parametrize(
    ("about", "note"),
    [
        ({"note_prompt": "x"}, {"text": "x", "role": "system"}),
        ({"note_prompt": "x", "note_depth": 2, "note_role": 1}, {"text": "x", "depth": 2, "role": "user"}),
        ({"note_prompt": "x", "note_interval": 3, "note_role": 9}, {"text": "x", "every": 3, "role": "system"}),
        ({"note_prompt": " "}, {}),
        ({}, {}),
        (None, {}),
    ],
)
def test_the_note_of_our_own_chats_is_read(about: object, note: dict[str, Any]) -> None:
    assert botcafe(notes=about).note == note


@pytest.mark.parametrize("data", [None, [], "x", 5, {}], ids=repr)
def test_our_own_format_without_its_data_is_a_chat_without_messages(data: Any) -> None:
    assert only(read_botcafe_chat({"spec": "botcafe_chat", "data": data}, ImportNotes())).messages == ()
