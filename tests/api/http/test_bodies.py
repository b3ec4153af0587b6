"""Bodies are declared once, checked by their declaration and described by it."""

from dataclasses import dataclass
from typing import Any

import pytest

from botcafe.api.http.bodies import body_field, body_schema, matches_schema, passed_field, read_body
from botcafe.cms.schema.errors import BadRequest

TEXT = {"type": "string", "minLength": 1, "maxLength": 3}
WHOLE = {"type": "integer", "minimum": 1, "maximum": 10}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 2}


@dataclass(frozen=True, slots=True)
class Order:
    """A body with a field of every sort."""

    drink: str = body_field(TEXT, "drink is a short text.")
    cups: int = body_field(WHOLE, "cups is a number from 1 to 10.", default=1)
    sugar: Any = passed_field({"type": "boolean"})  # noqa: RUF009  (declares a field)
    table: Any = passed_field({"type": "integer"}, is_required=True)  # noqa: RUF009  (declares a field)


@dataclass(frozen=True, slots=True)
class Plain:
    """A body whose field has no sentence of its own."""

    drink: str = body_field(TEXT)


CASES = [
    ({"type": "string"}, "", True),
    ({"type": "string"}, "tea", True),
    ({"type": "string"}, None, False),
    ({"type": "string"}, 1, False),
    ({"type": "string"}, ["tea"], False),
    ({"type": "boolean"}, True, True),
    ({"type": "boolean"}, False, True),
    ({"type": "boolean"}, 0, False),
    ({"type": "boolean"}, "true", False),
    ({"type": "integer"}, 0, True),
    ({"type": "integer"}, -5, True),
    ({"type": "integer"}, 1.0, False),
    ({"type": "integer"}, True, False),
    ({"type": "integer"}, "1", False),
    ({"type": "number"}, 1, True),
    ({"type": "number"}, 1.5, True),
    ({"type": "number"}, False, False),
    ({"type": "number"}, "1.5", False),
    ({"type": "number"}, None, False),
    ({"type": "array"}, [], True),
    ({"type": "array"}, [1, "a", None], True),
    ({"type": "array"}, {}, False),
    ({"type": "array"}, "ab", False),
    ({"type": "object"}, {}, True),
    ({"type": "object"}, {"a": [1]}, True),
    ({"type": "object"}, [], False),
    ({"type": "null"}, None, True),
    ({"type": "null"}, 0, False),
    ({"type": "null"}, "", False),
    ({}, None, True),
    ({}, "anything", True),
    ({}, {"a": 1}, True),
    (TEXT, "", False),
    (TEXT, "a", True),
    (TEXT, "abc", True),
    (TEXT, "abcd", False),
    (TEXT, "äöü", True),
    ({"type": "string", "minLength": 2}, "a", False),
    ({"type": "string", "minLength": 2}, "a" * 10_000, True),
    (WHOLE, 0, False),
    (WHOLE, 1, True),
    (WHOLE, 10, True),
    (WHOLE, 11, False),
    ({"type": "number", "minimum": 0}, -0.001, False),
    ({"type": "number", "minimum": 0}, 1e300, True),
    ({"type": "number", "maximum": 2}, 2.0, True),
    ({"type": "number", "maximum": 2}, 2.0001, False),
    ({"type": "number", "minimum": 0, "maximum": 2}, float("nan"), False),
    ({"type": "string", "enum": ["a", "b"]}, "a", True),
    ({"type": "string", "enum": ["a", "b"]}, "c", False),
    ({"type": "string", "enum": ["a", "b"]}, "A", False),
    ({"enum": ["a", None]}, None, True),
    ({"enum": ["a", None]}, "b", False),
    (TEXTS, [], False),
    (TEXTS, ["a"], True),
    (TEXTS, ["a", "b"], True),
    (TEXTS, ["a", "b", "c"], False),
    (TEXTS, ["a", ""], False),
    (TEXTS, ["a", 1], False),
    (TEXTS, ["a", None], False),
    ({"type": "array", "items": {"type": "array", "items": WHOLE}}, [[1], [2, 3], []], True),
    ({"type": "array", "items": {"type": "array", "items": WHOLE}}, [[1], [0]], False),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1, True),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, True),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "1", False),
    ({"anyOf": [TEXT, WHOLE]}, "abcd", False),
    ({"anyOf": [TEXT, WHOLE]}, 11, False),
    ({"anyOf": [TEXT, WHOLE]}, 7, True),
]


@pytest.mark.parametrize(("schema", "value", "answer"), CASES)
def test_a_value_is_held_against_its_schema(schema: dict[str, Any], value: object, answer: bool) -> None:
    assert matches_schema(value, schema) is answer


def test_a_complete_body_becomes_its_dataclass() -> None:
    assert read_body(Order, {"drink": "tea", "cups": 2, "sugar": True, "table": 7}) == Order("tea", 2, True, 7)


def test_fields_that_were_not_sent_take_their_defaults() -> None:
    assert read_body(Order, {"drink": "tea"}) == Order("tea", 1, None, None)


def test_fields_that_a_body_does_not_have_are_ignored() -> None:
    assert read_body(Plain, {"drink": "tea", "__class__": "x", "extra": [1]}) == Plain("tea")


@pytest.mark.parametrize("value", [None, "", "abcd", 5, True, [], {}], ids=repr)
def test_a_wrong_value_is_refused_with_the_sentence_of_its_field(value: object) -> None:
    with pytest.raises(BadRequest, match=r"drink is a short text\."):
        read_body(Order, {"drink": value})


@pytest.mark.parametrize("value", [None, 0, 11, 1.5, "1", True, [1]], ids=repr)
def test_a_wrong_optional_value_is_refused_and_not_replaced_by_its_default(value: object) -> None:
    with pytest.raises(BadRequest, match=r"cups is a number from 1 to 10\."):
        read_body(Order, {"drink": "tea", "cups": value})


def test_of_several_problems_the_first_field_is_told() -> None:
    with pytest.raises(BadRequest, match="drink is"):
        read_body(Order, {"drink": 1, "cups": 0})


def test_a_missing_field_is_refused_with_the_same_sentence() -> None:
    with pytest.raises(BadRequest, match=r"drink is a short text\."):
        read_body(Order, {"cups": 1})


def test_a_field_without_a_sentence_is_refused_by_its_name() -> None:
    with pytest.raises(BadRequest, match=r"drink is missing\."):
        read_body(Plain, {})
    with pytest.raises(BadRequest, match=r"drink is not as it should be\."):
        read_body(Plain, {"drink": 1})


@pytest.mark.parametrize("value", [None, "yes", 5, [1], {"a": 1}], ids=repr)
def test_a_passed_field_reaches_the_action_as_it_was_sent(value: object) -> None:
    assert read_body(Order, {"drink": "tea", "sugar": value, "table": value}).sugar == value


def test_the_description_names_the_required_fields() -> None:
    schema = body_schema(Order)
    assert schema["type"] == "object"
    assert schema["required"] == ["drink", "table"]


def test_the_description_shows_the_schema_that_is_checked() -> None:
    shown = body_schema(Order)["properties"]
    assert shown == {"drink": TEXT, "cups": WHOLE, "sugar": {"type": "boolean"}, "table": {"type": "integer"}}


@pytest.mark.parametrize("body", [{"drink": "tea"}, {"drink": "tea", "cups": 10}, {"drink": "a", "sugar": 5}])
def test_what_is_read_fits_the_checked_part_of_its_description(body: dict[str, Any]) -> None:
    order, shown = read_body(Order, body), body_schema(Order)["properties"]
    assert matches_schema(order.drink, shown["drink"])
    assert matches_schema(order.cups, shown["cups"])
