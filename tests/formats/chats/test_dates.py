"""Dates of all the apps become one sort of instant."""

import pytest

from botcafe.formats.chats.dates import parse_instant

NOON = "2024-07-12T12:00:00.000Z"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        (1720785600, NOON),
        (1720785600.0, NOON),
        (1720785600000, NOON),
        (1720785600500, "2024-07-12T12:00:00.500Z"),
        ("1720785600", NOON),
        ("1720785600000", NOON),
        ("1720785600.5", "2024-07-12T12:00:00.500Z"),
        ("2024-07-12T12:00:00.000Z", NOON),
        ("2024-07-12T12:00:00Z", NOON),
        ("2024-07-12T14:00:00+02:00", NOON),
        ("2024-07-12 12:00:00", NOON),
        ("2024-07-12 12:00", NOON),
        ("2024-07-12", "2024-07-12T00:00:00.000Z"),
        ("  2024-07-12T12:00:00Z  ", NOON),
        ("2024-7-12@12h00m00s", NOON),
        ("2024-07-12@12h00m00s", NOON),
        ("2024-7-12 @12h 0m 0s 0ms", NOON),
        ("2024-6-5 @14h 56m 50s 682ms", "2024-06-05T14:56:50.682Z"),
        ("2024-7-12@1h2m", "2024-07-12T01:02:00.000Z"),
        ("2024-7-12@12H00M00S", NOON),
        ("July 12, 2024 12:00pm", NOON),
        ("July 12, 2024 12:00 PM", NOON),
        ("Jul 12, 2024 12:00pm", NOON),
        ("Jul. 12, 2024 12:00pm", NOON),
        ("July 12 2024 12:00", NOON),
        ("July 12, 2024, 12:00:30", "2024-07-12T12:00:30.000Z"),
        ("July 12, 2024 12:00am", "2024-07-12T00:00:00.000Z"),
        ("June 19, 2023 2:20pm", "2023-06-19T14:20:00.000Z"),
        ("December 31, 2023 11:59PM", "2023-12-31T23:59:00.000Z"),
        ("2024/07/12 12:00", NOON),
        ("2024/7/12 12:00:00", NOON),
        ("2024-7-12 12:00", NOON),
    ],
    ids=str,
)
def test_a_date_is_understood(written: object, instant: str) -> None:
    assert parse_instant(written) == instant


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        False,
        0,
        -1,
        -1720785600,
        float("nan"),
        float("inf"),
        1e30,
        10**40,
        "",
        " ",
        "yesterday",
        "12.07.2024",
        "12/07/2024 12:00",
        "12345678",
        "9" * 17,
        "2024-13-12@12h00m00s",
        "2024-2-30@12h00m00s",
        "2024-7-12@25h00m00s",
        "2024-7-12@12h60m00s",
        "Brumaire 12, 2024 12:00pm",
        "July 32, 2024 12:00pm",
        "July 12, 2024 12:61pm",
        "July 12, 2024",
        "2024/07/12",
        "2024/13/12 12:00",
        "x" * 10_000,
        [],
        ["2024-07-12"],
        {},
        {"$date": "2024-07-12"},
    ],
    ids=lambda value: str(value)[:24] or "empty",
)
def test_what_is_no_date_is_none(written: object) -> None:
    assert parse_instant(written) is None


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_is_known_by_its_names(month: int) -> None:
    names = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    for name in (names[month - 1], names[month - 1][:3], names[month - 1].upper()):
        assert parse_instant(f"{name} 5, 2024 1:00pm") == f"2024-{month:02d}-05T13:00:00.000Z"


@pytest.mark.parametrize("hour", range(24))
def test_every_hour_of_the_clock_is_told_apart(hour: int) -> None:
    half = "pm" if hour >= 12 else "am"
    assert parse_instant(f"May 1, 2024 {hour % 12 or 12}:30{half}") == f"2024-05-01T{hour:02d}:30:00.000Z"


def test_an_instant_is_read_as_itself() -> None:
    assert parse_instant(parse_instant(1720785600123)) == parse_instant(1720785600123)
