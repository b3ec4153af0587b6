"""Ids, instants and typed access to JSON."""

import time

import pytest

from botcafe.kit.ids import MAX_ROW_ID, parse_row_id
from botcafe.kit.instants import from_epoch, now, parse_instant, to_epoch
from botcafe.kit.json_types import list_or_empty, object_or_empty, objects_in, text_or_empty


@pytest.mark.parametrize(
    ("value", "row_id"),
    [
        (1, 1),
        ("1", 1),
        ("007", 7),
        (0, 0),
        ("999999999999999999", 999999999999999999),
        ("9999999999999999999", None),
        (10**18, None),
        ("9" * 5000, None),
        (-1, None),
        ("-1", None),
        ("+1", None),
        (1.0, None),
        ("1.0", None),
        ("1e3", None),
        (" 1", None),
        ("1 ", None),
        ("", None),
        ("one", None),
        ("0x1", None),
        ("1_000", None),
        ("²", None),
        (True, None),
        (False, None),
        (None, None),
        ([1], None),
        ({"id": 1}, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_an_id_is_a_plain_number_of_at_most_18_digits(value: object, row_id: int | None) -> None:
    assert parse_row_id(value) == row_id


def test_every_id_that_is_read_fits_into_the_database() -> None:
    assert (parse_row_id("9" * 18) or 0) <= MAX_ROW_ID


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T12:30", "2026-01-31T12:30:00.000Z"),
        ("2026-01-31 12:30", "2026-01-31T12:30:00.000Z"),
        ("2026-01-31T12:30:15", "2026-01-31T12:30:15.000Z"),
        ("2026-01-31T12:30:15Z", "2026-01-31T12:30:15.000Z"),
        ("2026-01-31T12:30:15.5Z", "2026-01-31T12:30:15.500Z"),
        ("2026-01-31T12:30:15.123456Z", "2026-01-31T12:30:15.123Z"),
        ("2026-01-31T12:30:15+02:00", "2026-01-31T10:30:15.000Z"),
        ("2026-01-31T12:30:15-0530", "2026-01-31T18:00:15.000Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"),
        ("  2026-01-31  ", "2026-01-31T00:00:00.000Z"),
        ("2024-02-29", "2024-02-29T00:00:00.000Z"),
        ("2023-02-29", None),
        ("2026-13-01", None),
        ("2026-00-10", None),
        ("2026-01-32", None),
        ("2026-01-31T25:00", None),
        ("2026-01-31T12:60", None),
        ("2026-1-31", None),
        ("20260131", None),
        ("2026-W05", None),
        ("31.01.2026", None),
        ("2026-01-31T", None),
        ("2026-01-31T12", None),
        ("2026-01-31X12:30", None),
        ("2026-01-31T12:30:15 Z", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("9999-12-31T23:59:59-10:00", None),
        ("yesterday", None),
        ("", None),
        ("1769860800", None),
    ],
)
def test_an_instant_is_an_iso_date_in_utc_to_the_millisecond(text: str, instant: str | None) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    ("seconds", "instant"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (0.25, "1970-01-01T00:00:00.250Z"),
        (86399.5, "1970-01-01T23:59:59.500Z"),
        (951782400, "2000-02-29T00:00:00.000Z"),
        (2147483648, "2038-01-19T03:14:08.000Z"),
    ],
)
def test_seconds_since_1970_are_written_and_read_back(seconds: float, instant: str) -> None:
    assert from_epoch(seconds) == instant
    assert to_epoch(instant) == pytest.approx(seconds)


def test_the_present_instant_is_in_its_own_form() -> None:
    present = now()
    assert parse_instant(present) == present
    assert abs(to_epoch(present) - time.time()) < 60


def test_instants_sort_as_texts_as_they_do_in_time() -> None:
    seconds = [0, 0.5, 1, 59.999, 3600, 10**9, 1.7e9]
    assert sorted(map(from_epoch, seconds)) == [from_epoch(each) for each in seconds]


@pytest.mark.parametrize("value", [None, 1, 1.5, "x", True, [], ["a"]], ids=repr)
def test_what_is_no_object_is_an_empty_object(value: object) -> None:
    assert object_or_empty(value) == {}


@pytest.mark.parametrize("value", [None, 1, "x", False, {}, {"a": 1}, ("a",)], ids=repr)
def test_what_is_no_list_is_an_empty_list(value: object) -> None:
    assert list_or_empty(value) == []
    assert objects_in(value) == []


@pytest.mark.parametrize("value", [None, 1, False, {}, [], ["x"], b"x"], ids=repr)
def test_what_is_no_text_is_an_empty_text(value: object) -> None:
    assert text_or_empty(value) == ""


def test_what_has_its_type_is_given_as_it_is() -> None:
    assert object_or_empty({"a": None}) == {"a": None}
    assert list_or_empty([1, {}]) == [1, {}]
    assert text_or_empty("") == ""
    assert text_or_empty(" x ") == " x "


def test_of_a_mixed_list_the_objects_are_kept_in_their_order() -> None:
    assert objects_in([{"a": 1}, 2, "x", None, [], {"b": 2}, {}]) == [{"a": 1}, {"b": 2}, {}]
