"""Lorebooks inside cards."""

from typing import Any

import pytest

from botcafe.formats.cards.card_files import read_card
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.lore.model import LoreEntry
from botcafe.formats.lore.reader import strip_decorators
from tests.formats.fixtures import as_json, entry, v2


def card_with(*entries: Any, **book: Any) -> CharacterCard:
    return read_card(as_json(v2(character_book={"entries": list(entries), **book})))


def entries_of(card: CharacterCard) -> tuple[LoreEntry, ...]:
    assert card.book is not None
    return card.book.entries


def only_entry(**changes: Any) -> LoreEntry:
    (found,) = entries_of(card_with(entry(**changes)))
    return found


def test_a_book_gives_its_settings() -> None:
    book = card_with(name="N", description="D", scan_depth=4, token_budget=500.0, recursive_scanning=1).book
    assert book is not None
    assert (book.name, book.description, book.scan_depth, book.token_budget) == ("N", "D", 4, 500)
    assert (book.recursive_scanning, book.entries) == (True, ())


def test_an_entry_has_plain_defaults() -> None:
    (found,) = entries_of(card_with({"keys": ["a"]}))
    assert (found.enabled, found.constant, found.selective, found.use_regex) == (True, False, False, False)
    assert (found.insertion_order, found.case_sensitive, found.position, found.priority) == (100, None, None, None)
    assert (found.probability, found.depth, found.raw) == (None, None, {"keys": ["a"]})


def test_an_entry_that_is_no_object_is_skipped() -> None:
    card = card_with(entry(), "text", entry())
    assert len(entries_of(card)) == 2
    assert card.warnings[0].startswith("data.character_book.entries[1]: an object was expected, but text was found")


def test_keys_in_one_comma_string_are_split() -> None:
    assert only_entry(keys="lamp, oil").keys == ("lamp", "oil")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"position": "before_char"}, "before_char"),
        ({"position": "after_char", "extensions": {"position": 4, "depth": 2}}, "at_depth"),
        ({"position": "before_char_defs"}, "before_char"),
        ({"position": "AFTER"}, "after_char"),
        ({"position": 1}, "after_char"),
        ({"position": "elsewhere"}, None),
        ({"position": 99}, None),
        ({"position": ""}, None),
    ],
)
def test_a_place_is_understood(fields: dict[str, Any], expected: str | None) -> None:
    assert only_entry(**fields).position == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"extensions": {"probability": 30}}, 30),
        ({"probability": "40"}, 40),
        ({"extensions": {"probability": 250}}, 100),
        ({"extensions": {"probability": 30, "useProbability": False}}, None),
    ],
)
def test_a_probability_lies_between_0_and_100(fields: dict[str, Any], expected: float | None) -> None:
    assert only_entry(**fields).probability == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("false", False), (0, False), ("maybe", True), ([], True), (1.5, True)]
)
def test_a_flag_in_another_type_is_read_or_defaulted(value: object, expected: bool) -> None:
    card = card_with(entry(enabled=value))
    assert entries_of(card)[0].enabled is expected
    assert card.warnings[0].startswith("data.character_book.entries[0].enabled: true or false was expected")


def test_world_info_entries_in_a_card_are_understood() -> None:
    pasted = {"key": ["a"], "keysecondary": ["b"], "order": 3, "disable": True, "content": "c"}
    card = read_card(as_json(v2(character_book={"entries": {"0": pasted, "1": {"key": ["z"]}}})))
    first, second = entries_of(card)
    assert (first.keys, first.secondary_keys, first.insertion_order, first.enabled) == (("a",), ("b",), 3, False)
    assert (second.keys, second.enabled) == (("z",), True)
    assert first.raw == pasted


def test_a_book_of_the_wrong_type_is_skipped() -> None:
    card = read_card(as_json(v2(character_book="book")))
    assert card.book is None
    assert card.warnings[0].startswith("data.character_book: an object was expected")


def test_decorators_are_stripped_from_the_top_only() -> None:
    assert strip_decorators("@@depth 2\n@@@role user\nText\n@@depth 3") == "Text\n@@depth 3"
    assert strip_decorators("@@activate") == ""
    assert strip_decorators("Text") == "Text"
