"""Wrong types and unstorable text in a card are repaired or skipped, never fatal."""

from typing import Any

import pytest

from botcafe.formats.cards.card_files import read_card
from botcafe.formats.cards.model import CharacterCard, DepthPrompt
from tests.formats.fixtures import as_json, v2, v3


def read_with(**changes: Any) -> CharacterCard:
    return read_card(as_json(v2(**changes)))


def only_warning(card: CharacterCard) -> str:
    assert len(card.warnings) == 1
    return card.warnings[0]


@pytest.mark.parametrize(("value", "text"), [(3, "3"), (True, "True"), (["a", 1, "b"], "a\nb"), ({"a": 1}, "")])
def test_a_wrong_type_for_text_is_coerced(value: object, text: str) -> None:
    card = read_with(description=value)
    assert card.description == text
    assert only_warning(card).startswith("data.description: text was expected")


@pytest.mark.parametrize(
    ("value", "tags"),
    [("a, b,", ("a", "b")), ("/x{1,2}/", ("/x{1,2}/",)), (["a", 2, None, []], ("a", "2")), (7, ()), ({}, ())],
)
def test_a_wrong_type_for_a_list_is_coerced(value: object, tags: tuple[str, ...]) -> None:
    card = read_with(tags=value)
    assert card.tags == tags
    assert card.warnings[0].startswith("data.tags")


def test_a_lone_greeting_keeps_its_commas() -> None:
    assert read_with(alternate_greetings="Well, well.").alternate_greetings == ("Well, well.",)


def test_missing_and_empty_fields_are_no_reason_to_warn() -> None:
    card = read_card(as_json({"spec": "chara_card_v2", "data": {"name": "A", "tags": None, "extensions": []}}))
    assert (card.name, card.tags, card.extensions, card.warnings) == ("A", (), {}, ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.5", 0.5), (3, 1.0), (-1, 0.0), ("much", None), ("9" * 50, None), ("nan", None), (True, None), ([], None)],
)
def test_talkativeness_stays_between_zero_and_one(value: object, expected: float | None) -> None:
    card = read_with(extensions={"talkativeness": value})
    assert card.talkativeness == expected
    assert only_warning(card).startswith("data.extensions.talkativeness")


def test_talkativeness_may_stand_at_the_top_level() -> None:
    assert read_card(as_json(v2(extensions={}) | {"talkativeness": 0.75})).talkativeness == 0.75


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ({"prompt": "x"}, DepthPrompt("x", 4, "system")),
        ({"prompt": "x", "depth": -1, "role": 2}, DepthPrompt("x", 4, "assistant")),
        ({"prompt": "x", "depth": "1.5", "role": "User"}, DepthPrompt("x", 1, "user")),
        ({"prompt": "x", "depth": 10**12, "role": "chef"}, DepthPrompt("x", 4, "system")),
        ({"prompt": " ", "depth": 1}, None),
        ("x", None),
    ],
)
def test_the_depth_prompt_gets_defaults(note: object, expected: DepthPrompt | None) -> None:
    assert read_with(extensions={"depth_prompt": note}).depth_prompt == expected


@pytest.mark.parametrize("value", [-5, 1e30, "late", []])
def test_an_impossible_date_is_skipped(value: object) -> None:
    card = read_card(as_json(v3(creation_date=value, modification_date=None)))
    assert card.created_at is None
    assert all(line.startswith("data.creation_date") for line in card.warnings)


def test_an_asset_that_is_no_object_is_skipped() -> None:
    card = read_card(as_json(v3(assets=["x"], modification_date=0)))
    assert card.assets == ()
    assert only_warning(card).startswith("data.assets[0]: an object was expected")


def test_nul_and_lone_surrogates_are_removed() -> None:
    card = read_card(
        b'{"name": "A\\u0000b", "description": "\\ud800x\\ud83d\\ude00", "x": [1, "\\u0000"], "\\u0000k": {}}'
    )
    assert (card.name, card.description) == ("Ab", "x😀")
    assert card.raw == {"name": "Ab", "description": "x😀", "x": [1, ""], "k": {}}
    assert [line.split(":")[0] for line in card.warnings[:3]] == ["name", "description", "x[1]"]
    assert len(card.warnings) == 4


def test_raw_line_breaks_and_odd_numbers_in_json_are_repaired() -> None:
    card = read_card(b'{"name": "A", "description": "two\nlines", "x": [NaN, 1e999], "n": 123456789012345678901}')
    assert card.description == "two\nlines"
    assert card.raw["x"] == [None, None]
    assert card.raw["n"] == pytest.approx(1.2345678901234568e20)
    assert card.warnings == tuple(f"x[{index}]: this is not a finite number; it was emptied." for index in (0, 1))


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    card = read_card(b'{"name": "Ren\xe9e", "description": ""}')
    assert card.name == "Ren\ufffde"
    assert only_warning(card).startswith("Some bytes in the file are not UTF-8")
