"""Fields of untrusted JSON are converted or skipped, and every repair is noted."""

from typing import Any

import pytest

from botcafe.formats.field_reader import FieldReader, json_type_name
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_WARNING_LENGTH, MAX_WARNINGS, MAX_WHOLE_NUMBER


def reader(value: object, key: str = "x") -> FieldReader:
    return FieldReader({key: value}, "data", ImportNotes())


def check(fields: FieldReader, found: object, wanted: object, is_noted: bool) -> None:
    assert found == wanted
    assert type(found) is type(wanted)
    assert bool(fields.notes.lines()) is is_noted
    assert all(line.startswith("data.x") for line in fields.notes.lines())


@pytest.mark.parametrize(
    ("value", "text", "is_noted"),
    [
        ("a", "a", False),
        ("", "", False),
        (None, "", False),
        (5, "5", True),
        (1.5, "1.5", True),
        (True, "True", True),
        (["a", "b"], "a\nb", True),
        (["a", 5, None], "a", True),
        ([], "", True),
        ({}, "", True),
        ({"a": "b"}, "", True),
    ],
    ids=repr,
)
def test_a_text(value: Any, text: str, is_noted: bool) -> None:
    fields = reader(value)
    check(fields, fields.text("x"), text, is_noted)


@pytest.mark.parametrize(
    ("value", "texts", "is_noted"),
    [
        (["a", "b"], ("a", "b"), False),
        ([], (), False),
        (None, (), False),
        ("", (), False),
        ("a, b", ("a, b",), True),
        ([1, "b", 2.5], ("1", "b", "2.5"), True),
        (["a", None, {}, []], ("a",), True),
        (5, (), True),
        ({}, (), True),
    ],
    ids=repr,
)
def test_a_list_of_texts(value: Any, texts: tuple[str, ...], is_noted: bool) -> None:
    fields = reader(value)
    check(fields, fields.texts("x"), texts, is_noted)


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a, b", ("a", "b")),
        ("a,,b, ", ("a", "b")),
        ("a", ("a",)),
        ("/a{1,2}/i", ("/a{1,2}/i",)),
        (",", ()),
        (["a, b"], ("a, b",)),
    ],
)
def test_a_text_of_commas_is_a_list_where_such_lists_are_usual(value: Any, texts: tuple[str, ...]) -> None:
    assert reader(value).texts("x", is_comma_list=True) == texts


@pytest.mark.parametrize(
    ("value", "flag", "is_noted"),
    [
        (True, True, False),
        (False, False, False),
        (None, None, False),
        (1, True, True),
        (0, False, True),
        ("true", True, True),
        (" YES ", True, True),
        ("no", False, True),
        ("0", False, True),
        ("", False, True),
        ("maybe", None, True),
        (2, None, True),
        (1.0, None, True),
        ([], None, True),
        ({}, None, True),
    ],
    ids=repr,
)
def test_a_flag(value: Any, flag: bool | None, is_noted: bool) -> None:
    fields = reader(value)
    check(fields, fields.find_flag("x"), flag, is_noted)


@pytest.mark.parametrize(
    ("value", "default", "flag"), [(None, True, True), (None, False, False), (False, True, False), ([], True, True)]
)
def test_a_flag_with_a_default(value: Any, default: bool, flag: bool) -> None:
    assert reader(value).flag("x", default=default) is flag


@pytest.mark.parametrize(
    ("value", "number", "is_noted"),
    [
        (5, 5, False),
        (-5, -5, False),
        (1.5, 1.5, False),
        (0, 0, False),
        (None, None, False),
        ("", None, False),
        ("5", 5.0, True),
        (" 1.5 ", 1.5, True),
        ("1e3", 1000.0, True),
        ("five", None, True),
        ("nan", None, True),
        ("inf", None, True),
        ("9" * 50, None, True),
        (float("nan"), None, True),
        (float("inf"), None, True),
        (True, None, True),
        ([], None, True),
        ({}, None, True),
    ],
    ids=repr,
)
def test_a_number(value: Any, number: float | None, is_noted: bool) -> None:
    fields = reader(value)
    check(fields, fields.find_number("x"), number, is_noted)


@pytest.mark.parametrize(
    ("value", "number", "is_noted"),
    [
        (5, 5, False),
        (5.0, 5, False),
        (None, None, False),
        (5.9, 5, True),
        (-5.9, -5, True),
        ("7", 7, True),
        (MAX_WHOLE_NUMBER, MAX_WHOLE_NUMBER, False),
        (MAX_WHOLE_NUMBER + 1, None, True),
        (-MAX_WHOLE_NUMBER - 1, None, True),
        (1e300, None, True),
        (True, None, True),
    ],
    ids=repr,
)
def test_a_whole_number(value: Any, number: int | None, is_noted: bool) -> None:
    fields = reader(value)
    check(fields, fields.find_whole("x"), number, is_noted)


@pytest.mark.parametrize(
    ("value", "items", "is_noted"),
    [
        ([1, "a", None], [1, "a", None], False),
        (None, [], False),
        ("", [], False),
        ("a", [], True),
        ({}, [], True),
        (5, [], True),
    ],
    ids=repr,
)
def test_a_list_of_anything(value: Any, items: list[Any], is_noted: bool) -> None:
    fields = reader(value)
    check(fields, fields.items("x"), items, is_noted)


@pytest.mark.parametrize(
    ("value", "mapping", "is_noted"),
    [
        ({"a": 1}, {"a": 1}, False),
        ({}, {}, False),
        (None, {}, False),
        ([], {}, False),
        ([1], {}, True),
        ("a", {}, True),
        (5, {}, True),
    ],
    ids=repr,
)
def test_an_object(value: Any, mapping: dict[str, Any], is_noted: bool) -> None:
    fields = reader(value)
    check(fields, fields.mapping("x"), mapping, is_noted)


def test_objects_of_a_list_are_kept_without_the_rest() -> None:
    assert reader([{"a": 1}, 5, None, {}]).object_items("x") == [{"a": 1}, {}]


def test_a_missing_key_is_empty_and_nothing_to_tell_of() -> None:
    fields = FieldReader({}, "", ImportNotes())
    assert (fields.text("x"), fields.texts("x"), fields.items("x"), fields.mapping("x")) == ("", (), [], {})
    assert (fields.find_flag("x"), fields.find_number("x"), fields.find_whole("x")) == (None, None, None)
    assert fields.notes.lines() == ()


@pytest.mark.parametrize(("path", "full"), [("", "x"), ("data", "data.x"), ("data.tags[2]", "data.tags[2].x")])
def test_a_note_names_the_place_in_the_file(path: str, full: str) -> None:
    fields = FieldReader({"x": {}}, path, ImportNotes())
    fields.text("x")
    assert fields.notes.lines()[0].startswith(f"{full}: text was expected, but an object")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "true or false"),
        (0, "a number"),
        (0.5, "a number"),
        ("", "text"),
        ([], "a list"),
        ({}, "an object"),
    ],
)
def test_types_have_names_for_people(value: object, name: str) -> None:
    assert json_type_name(value) == name


def test_warnings_are_listed_in_order_up_to_a_number_and_then_counted() -> None:
    notes = ImportNotes()
    for number in range(MAX_WARNINGS + 3):
        notes.add("", f"warning {number}")
    lines = notes.lines()
    assert lines[0] == "warning 0"
    assert lines[MAX_WARNINGS - 1 :] == (f"warning {MAX_WARNINGS - 1}", "3 more warnings are not listed.")


def test_a_long_warning_is_cut() -> None:
    notes = ImportNotes()
    notes.add("path", "x" * 10_000)
    assert len(notes.lines()[0]) == MAX_WARNING_LENGTH + 1


def test_warnings_of_a_part_join_those_of_the_whole() -> None:
    whole, part = ImportNotes(), ImportNotes()
    whole.add("", "first")
    for number in range(MAX_WARNINGS + 2):
        part.add("", str(number))
    whole.extend_from(part)
    assert whole.lines()[:2] == ("first", "0")
    assert whole.lines()[-1] == "3 more warnings are not listed."
