"""World info and card books: what each form keeps of the other, and what is repaired with a warning."""

import json
from typing import Any

import pytest

from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.lore.model import LOGICS, POSITIONS, ROLES, Lorebook, LoreEntry
from botcafe.formats.lore.other_apps import lorebook_from_json
from botcafe.formats.lore.reader import split_keys
from botcafe.formats.lore.writer import entry_json, write_lorebook
from tests.formats.fixtures import entry

Json = dict[str, Any]


def read(root: Json) -> Lorebook:
    return lorebook_from_json(root, ImportNotes())


def world(*entries: Json, **book: Any) -> Json:
    return {**book, "entries": {str(number): {"uid": number, **each} for number, each in enumerate(entries)}}


def only_entry(**fields: Any) -> tuple[LoreEntry, tuple[str, ...]]:
    """The one entry of a world info file, and the warnings of reading it."""
    book = read(world({"key": ["lamp"], **fields}))
    return book.entries[0], book.warnings


def test_settings_of_a_card_book_survive_in_world_info() -> None:
    data = {"name": "Coast", "description": "By the sea.", "scan_depth": 4, "token_budget": 300,
            "recursive_scanning": True, "extensions": {"x": 1}, "entries": [entry()]}  # fmt: skip
    book = read({"spec": "lorebook_v3", "data": data})
    again = read(json.loads(write_lorebook(book, "st")))
    for name in ("name", "description", "scan_depth", "token_budget", "recursive_scanning", "extensions"):
        assert getattr(again, name) == getattr(book, name), name
    assert (again.kind, again.entries[0].keys, again.warnings) == ("st", ("lamp",), ())


def test_unknown_keys_move_between_the_forms() -> None:
    book = read(world({"key": ["lamp"], "x_own": {"a": [1, None]}, "extensions": {"x_ext": 2}}, x_book=1))
    assert json.loads(write_lorebook(book, "st"))["x_book"] == 1
    card = json.loads(write_lorebook(book, "v3"))
    extensions = card["data"]["entries"][0]["extensions"]
    assert (extensions["x_own"], extensions["x_ext"]) == ({"a": [1, None]}, 2)
    world_again = json.loads(write_lorebook(read(card), "st"))
    assert world_again["entries"]["0"]["extensions"] == {"x_own": {"a": [1, None]}, "x_ext": 2}


@pytest.mark.parametrize(("number", "name"), list(enumerate(POSITIONS)))
def test_each_position_has_a_number_and_a_name_of_the_specification(number: int, name: str) -> None:
    found, _ = only_entry(position=number)
    assert found.position == name
    card = entry_json(found, "v3", 0)
    assert card["extensions"] == card["extensions"] | {"position": number}
    assert card["position"] == ("before_char" if number == 0 else "after_char")


@pytest.mark.parametrize(("field", "names"), [("logic", LOGICS), ("role", ROLES)])
def test_numbers_and_names_of_a_choice_mean_the_same(field: str, names: tuple[str, ...]) -> None:
    key = "selectiveLogic" if field == "logic" else field
    for number, name in enumerate(names):
        for value in (number, name, name.lower(), name.upper(), name.replace("_", " ")):
            found, warnings = only_entry(**{key: value})
            assert (getattr(found, field), warnings) == (name, ())


@pytest.mark.parametrize("value", [-1, 9, "sometimes", True, 1.5])
@pytest.mark.parametrize(("key", "field", "default"), [("selectiveLogic", "logic", "AND_ANY"), ("role", "role", None)])
def test_an_unknown_choice_is_skipped_with_what_was_expected(
    key: str, field: str, default: str | None, value: object
) -> None:
    found, warnings = only_entry(**{key: value})
    assert getattr(found, field) == default
    assert len(warnings) == 1
    assert warnings[0].startswith(f"entries[0].{key}: one of ")


@pytest.mark.parametrize(("key", "field"), [("depth", "depth"), ("sticky", "sticky"), ("scanDepth", "scan_depth")])
@pytest.mark.parametrize(("value", "expected"), [(0, 0), (3, 3), ("3", 3), (2.9, 2), (-1, None), (2**40, None)])
def test_counts_are_whole_and_not_negative(key: str, field: str, value: object, expected: int | None) -> None:
    found, warnings = only_entry(**{key: value})
    assert getattr(found, field) == expected
    assert bool(warnings) is (value not in (0, 3))


@pytest.mark.parametrize(("value", "expected"), [(True, 1), (False, 0), (2, 2), (None, 0), (-1, 0), ("x", 0)])
def test_a_recursion_level_may_be_a_flag(value: object, expected: int) -> None:
    assert only_entry(delayUntilRecursion=value)[0].delay_until_recursion == expected


def test_only_known_triggers_and_sources_that_are_on_are_read() -> None:
    found, _ = only_entry(triggers=["swipe", "sneeze", "quiet"], matchScenario=True, matchCreatorNotes="true")
    assert (found.triggers, found.match_sources) == (("swipe", "quiet"), ("scenario",))


@pytest.mark.parametrize(
    ("fields", "enabled", "selective"),
    [
        ({}, True, True),
        ({"disable": True}, False, True),
        ({"disable": False, "selective": False}, True, False),
        ({"disable": "yes"}, True, True),
        ({"enabled": False}, False, True),
    ],
)
def test_world_info_without_a_key_is_enabled_and_selective(fields: Json, enabled: bool, selective: bool) -> None:
    found, _ = only_entry(**fields)
    assert (found.enabled, found.selective) == (enabled, selective)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ()),
        (" , ,", ()),
        ("lamp", ("lamp",)),
        (" lamp ,, oil ", ("lamp", "oil")),
        ("/a{1,2}/i, b", ("/a{1,2}/i", "b")),
        (r"/a\/b,c/, d", (r"/a\/b,c/", "d")),
        ("/half, whole", ("/half", "whole")),
        ("灯, 油", ("灯", "油")),
    ],
)
def test_keys_are_split_at_commas_outside_of_patterns(text: str, keys: tuple[str, ...]) -> None:
    assert split_keys(text) == keys


def test_entries_with_the_same_number_are_all_kept() -> None:
    rows = [{"uid": 1, "key": ["a"]}, {"uid": 1, "key": ["b"]}, {"key": ["c"]}, {"uid": "x", "key": ["d"]}]
    book = read({"entries": {str(number): row for number, row in enumerate(rows)}})
    written = json.loads(write_lorebook(book, "st"))["entries"]
    assert [row["key"] for row in written.values()] == [["a"], ["b"], ["c"], ["d"]]
    assert all(str(row["uid"]) == uid for uid, row in written.items())


@pytest.mark.parametrize(
    ("form", "field", "value", "written"),
    [
        ("st", "enabled", False, {"disable": True}),
        ("st", "probability", 40.0, {"probability": 40, "useProbability": True}),
        ("st", "insertion_order", 2.5, {"order": 2.5}),
        ("st", "role", "assistant", {"role": 2}),
        ("v3", "enabled", False, {"enabled": False}),
        ("v3", "keys", ("sea",), {"keys": ["sea"]}),
        ("v3", "position", "before_char", {"position": "before_char", "extensions": {"y": 2, "position": 0}}),
        ("v3", "case_sensitive", True, {"case_sensitive": True, "extensions": {"y": 2, "case_sensitive": True}}),
    ],
)
def test_only_a_changed_field_is_written(form: Any, field: str, value: object, written: Json) -> None:
    raw: Json = {"key": ["lamp"], "x": 1} if form == "st" else {"keys": ["lamp"], "x": 1, "extensions": {"y": 2}}
    changed = LoreEntry(raw=raw, **{field: value})
    assert entry_json(changed, form, 0, [field]) == raw | written
    assert entry_json(changed, form, 0) == raw
