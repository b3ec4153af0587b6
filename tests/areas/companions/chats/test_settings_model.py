"""Settings of a chat are read whatever the columns hold."""

from typing import Any

import pytest

from botcafe.areas.companions.chats.settings_model import (
    MAX_AUTO_TURNS,
    MAX_NOTE_CHARACTERS,
    AuthorNote,
    AutoMode,
    read_author_note,
    read_auto_mode,
    read_chat_settings,
)
from botcafe.areas.companions.collections.conversation import Conversation

NO_OBJECTS: list[Any] = [None, "", "text", 5, True, [], ["a"], {}]


@pytest.mark.parametrize("given", NO_OBJECTS, ids=repr)
def test_what_is_no_note_is_an_empty_note(given: object) -> None:
    assert read_author_note(given) == AuthorNote()


@pytest.mark.parametrize("given", NO_OBJECTS, ids=repr)
def test_what_is_no_mode_is_switched_off(given: object) -> None:
    assert read_auto_mode(given) == AutoMode()


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"text": "Be brief."}, "text", "Be brief."),
        ({"text": None}, "text", ""),
        ({"text": 5}, "text", "5"),
        ({"text": "x" * (MAX_NOTE_CHARACTERS + 1)}, "text", "x" * MAX_NOTE_CHARACTERS),
        ({"depth": 0}, "depth", 0),
        ({"depth": 7}, "depth", 7),
        ({"depth": -1}, "depth", 0),
        ({"depth": 5000}, "depth", 1000),
        ({"depth": 2.9}, "depth", 2),
        ({"depth": "2"}, "depth", 4),
        ({"depth": True}, "depth", 4),
        ({"depth": None}, "depth", 4),
        ({"depth": float("nan")}, "depth", 4),
        ({"depth": float("inf")}, "depth", 1000),
        ({"depth": float("-inf")}, "depth", 0),
        ({"depth": 10**400}, "depth", 1000),
        ({"every": 0}, "every", 1),
        ({"every": 3}, "every", 3),
        ({"every": -5}, "every", 1),
        ({"every": 5000}, "every", 1000),
        ({"every": "3"}, "every", 1),
        ({"role": "system"}, "role", "system"),
        ({"role": "user"}, "role", "user"),
        ({"role": "assistant"}, "role", "assistant"),
        ({"role": "narrator"}, "role", "system"),
        ({"role": None}, "role", "system"),
        ({"role": 1}, "role", "system"),
        ({"role": ""}, "role", "system"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_field_of_a_note_is_read_or_takes_its_default(given: dict[str, Any], field: str, value: object) -> None:
    assert getattr(read_author_note(given), field) == value


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"on": True}, "is_on", True),
        ({"on": False}, "is_on", False),
        ({"on": "true"}, "is_on", False),
        ({"on": 1}, "is_on", False),
        ({"on": None}, "is_on", False),
        ({"on": True, "turns": 0}, "is_on", False),
        ({"on": True, "turns": -3}, "is_on", False),
        ({"on": True, "turns": 1}, "is_on", True),
        ({"turns": 0}, "turns_left", 0),
        ({"turns": 7}, "turns_left", 7),
        ({"turns": 10_000}, "turns_left", MAX_AUTO_TURNS),
        ({"turns": "7"}, "turns_left", 10),
        ({"turns": None}, "turns_left", 10),
        ({"delay_seconds": 0}, "delay_seconds", 0),
        ({"delay_seconds": 2.7}, "delay_seconds", 2),
        ({"delay_seconds": -2}, "delay_seconds", 0),
        ({"delay_seconds": 6000}, "delay_seconds", 600),
        ({"delay_seconds": "soon"}, "delay_seconds", 5),
    ],
    ids=lambda value: str(value)[:34],
)
def test_a_field_of_auto_mode_is_read_or_takes_its_default(given: dict[str, Any], field: str, value: object) -> None:
    assert getattr(read_auto_mode(given), field) == value


@pytest.mark.parametrize(
    "note", [AuthorNote(), AuthorNote("x", 0, "user", 3), AuthorNote("y", 1000, "assistant", 1000)]
)
def test_a_note_comes_back_as_it_was_stored(note: AuthorNote) -> None:
    assert read_author_note(note.as_json()) == note


@pytest.mark.parametrize("mode", [AutoMode(), AutoMode(True, 0, 1), AutoMode(True, 600, 100), AutoMode(False, 3, 0)])
def test_a_mode_comes_back_as_it_was_stored(mode: AutoMode) -> None:
    assert read_auto_mode(mode.as_json()) == mode


@pytest.mark.parametrize(("turns", "left", "is_on"), [(10, 9, True), (2, 1, True), (1, 0, False)])
def test_auto_mode_counts_its_turns_and_ends_after_the_last(turns: int, left: int, is_on: bool) -> None:
    after = AutoMode(True, 5, turns).after_a_turn()
    assert (after.turns_left, after.is_on, after.delay_seconds) == (left, is_on, 5)


def test_auto_mode_is_switched_off_with_its_turns_kept() -> None:
    assert AutoMode(True, 7, 4).switched_off() == AutoMode(False, 7, 4)


def test_a_chat_with_empty_columns_has_complete_settings() -> None:
    found = read_chat_settings(Conversation(status="active"))
    assert (found.title, found.tags, found.scenario, found.model) == ("", [], "", {})
    assert (found.speaking_order, found.window_tokens, found.reply_tokens) == ("natural", None, None)
    assert (found.author_note, found.auto) == (AuthorNote(), AutoMode())
    assert (found.is_temporary, found.has_memory) == (False, True)


@pytest.mark.parametrize(
    ("columns", "field", "value"),
    [
        ({"title": "Tea"}, "title", "Tea"),
        ({"conversation_metadata_tags": ["a", 5, None]}, "tags", ["a", "5", "None"]),
        ({"conversation_metadata_tags": None}, "tags", []),
        ({"persona_id": 7}, "persona_id", 7),
        ({"preset_id": 8}, "preset_id", 8),
        ({"speaking_order": "list"}, "speaking_order", "list"),
        ({"scene": "A café."}, "scenario", "A café."),
        ({"model_choice": {"key": 1}}, "model", {"key": 1}),
        ({"model_choice": ["key"]}, "model", {}),
        ({"model_choice": "key"}, "model", {}),
        ({"window_tokens": 8192}, "window_tokens", 8192),
        ({"window_tokens": 0}, "window_tokens", None),
        ({"window_tokens": -5}, "window_tokens", None),
        ({"window_tokens": 4096.7}, "window_tokens", 4096),
        ({"window_tokens": "8192"}, "window_tokens", None),
        ({"reply_tokens": 300}, "reply_tokens", 300),
        ({"reply_tokens": None}, "reply_tokens", None),
        ({"is_temporary": True}, "is_temporary", True),
        ({"is_memory_off": True}, "has_memory", False),
        ({"author_note": {"text": "x"}}, "author_note", AuthorNote("x")),
        ({"auto_mode": {"on": True}}, "auto", AutoMode(True)),
    ],
    ids=lambda value: str(value)[:34],
)
def test_a_column_of_a_chat_is_read(columns: dict[str, Any], field: str, value: object) -> None:
    assert getattr(read_chat_settings(Conversation(status="active", **columns)), field) == value


def test_settings_have_their_names_on_the_wire() -> None:
    assert set(read_chat_settings(Conversation(status="active")).as_json()) == {
        "title", "status", "tags", "folder", "persona", "author_note", "speaking_order", "auto", "scenario", "preset", "model",
        "window_tokens", "reply_tokens", "is_temporary", "memory",
        "allow_file_sharing", "message_retention_days", "auto_save_conversations",
    }  # fmt: skip
