"""Macros that tell the time."""

import datetime as dt

import pytest

from botcafe.kit.macros import MacroContext, fill

EVENING = dt.datetime(2026, 11, 22, 21, 41, 7, tzinfo=dt.UTC)
MORNING = dt.datetime(2027, 3, 5, 0, 5, 9, tzinfo=dt.UTC)


def at(moment: dt.datetime, time_zone: str = "", last_said: dt.datetime | None = None) -> MacroContext:
    return MacroContext("Noor", "Robin", moment=moment, time_zone=time_zone, last_said=last_said)


@pytest.mark.parametrize(
    ("macro", "evening", "morning"),
    [
        ("time", "9:41 PM", "12:05 AM"),
        ("date", "November 22, 2026", "March 5, 2027"),
        ("weekday", "Sunday", "Friday"),
        ("isotime", "21:41", "00:05"),
        ("isodate", "2026-11-22", "2027-03-05"),
        ("time_UTC", "9:41 PM", "12:05 AM"),
        ("time_UTC+2", "11:41 PM", "2:05 AM"),
        ("time_utc-5", "4:41 PM", "7:05 PM"),
        ("time_UTC+0", "9:41 PM", "12:05 AM"),
        ("time_UTC+12", "9:41 AM", "12:05 PM"),
        ("time_UTC+99", "8:41 PM", "11:05 PM"),
        ("time_UTC-99", "10:41 PM", "1:05 AM"),
        ("datetimeformat::YYYY-MM-DD", "2026-11-22", "2027-03-05"),
        ("datetimeformat::D MMMM YYYY, HH:mm", "22 November 2026, 21:41", "5 March 2027, 00:05"),
        ("datetimeformat::YY M D", "26 11 22", "27 3 5"),
        ("datetimeformat::MMM", "Nov", "Mar"),
        ("datetimeformat::dddd ddd", "Sunday Sun", "Friday Fri"),
        ("datetimeformat::H:m:s", "21:41:7", "0:5:9"),
        ("datetimeformat::HH:mm:ss", "21:41:07", "00:05:09"),
        ("datetimeformat::h A", "9 PM", "12 AM"),
        ("datetimeformat::hh a", "09 pm", "12 am"),
        ("datetimeformat::[at] H", "at 21", "at 0"),
        ("datetimeformat::[MM] MM", "MM 11", "MM 03"),
        ("datetimeformat:YYYY", "2026", "2027"),
        ("datetimeformat YYYY", "2026", "2027"),
        ("datetimeformat::", "", ""),
        ("datetimeformat::[]", "", ""),
        ("datetimeformat::/-.", "/-.", "/-."),
    ],
)
def test_the_time_is_written_in_the_form_that_was_asked(macro: str, evening: str, morning: str) -> None:
    assert fill(f"{{{{{macro}}}}}", at(EVENING)) == evening
    assert fill(f"{{{{{macro}}}}}", at(MORNING)) == morning


@pytest.mark.parametrize(
    ("time_zone", "iso"),
    [
        ("", "2026-11-22 21:41"),
        ("UTC", "2026-11-22 21:41"),
        ("Europe/Berlin", "2026-11-22 22:41"),
        ("Asia/Tokyo", "2026-11-23 06:41"),
        ("America/New_York", "2026-11-22 16:41"),
        ("Asia/Kolkata", "2026-11-23 03:11"),
        ("Nowhere/Atall", "2026-11-22 21:41"),
        ("/etc/passwd", "2026-11-22 21:41"),
        ("../../etc", "2026-11-22 21:41"),
    ],
)
def test_the_clock_follows_the_time_zone_of_the_user(time_zone: str, iso: str) -> None:
    assert fill("{{isodate}} {{isotime}}", at(EVENING, time_zone)) == iso


def test_an_offset_from_utc_does_not_depend_on_the_time_zone() -> None:
    assert fill("{{time_UTC+2}}", at(EVENING, "Asia/Tokyo")) == "11:41 PM"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "just now"),
        (0.5, "just now"),
        (1, "1 minute"),
        (1.99, "1 minute"),
        (2, "2 minutes"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (119, "1 hour"),
        (120, "2 hours"),
        (1439, "23 hours"),
        (1440, "1 day"),
        (2880, "2 days"),
        (14400, "10 days"),
        (-5, "just now"),
    ],
)
def test_the_idle_time_is_told_in_its_largest_unit(minutes: float, words: str) -> None:
    scene = at(EVENING, last_said=EVENING - dt.timedelta(minutes=minutes))
    assert fill("{{idle_duration}}", scene) == words


def test_a_chat_without_messages_has_been_idle_for_no_time() -> None:
    assert fill("{{idle_duration}}", at(EVENING)) == "just now"


def test_without_a_given_moment_it_is_the_present_one() -> None:
    scene = MacroContext("Noor", "Robin")
    before = dt.datetime.now(dt.UTC)
    year = int(fill("{{datetimeformat::YYYY}}", scene))
    assert before.year <= year <= dt.datetime.now(dt.UTC).year
