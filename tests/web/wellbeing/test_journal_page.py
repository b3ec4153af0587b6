"""The pages of the mood journal."""

import csv
import io
from typing import Any

import pytest
from django.test import Client

from botcafe.areas.wellbeing.collections.mood import Mood
from tests.areas.wellbeing.clock import Clock, be_there, move_to, stop_clock
from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused

PAGE = "/wellbeing/journal"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A Monday morning in March."""
    return stop_clock(monkeypatch)


def write(person: Person, moment: str, **values: Any) -> int:
    """An entry of a moment."""
    number: int = person.make("mood", {"mood": "happy", "timestamp": moment, **values})["id"]
    return number


def test_an_empty_journal_says_what_will_stand_there(cast: Cast, clock: Clock) -> None:
    text = page(signed_in(cast.alice), PAGE)
    assert "Nothing is written yet" in text
    assert "Download as CSV" not in text
    assert Client().get(PAGE).headers["Location"].startswith("/login?")
    assert Client().get(f"{PAGE}.csv").headers["Location"].startswith("/login?")


def test_an_entry_is_written_changed_and_deleted(cast: Cast) -> None:
    alice = signed_in(cast.alice)
    assert post(alice, PAGE, mood="very-happy", note="  A heron \n") == (302, PAGE)
    doc = cast.alice.get("/api/mood?depth=0")["docs"][0]
    assert (doc["mood"], doc["note"]) == ("very-happy", "A heron")
    text = page(alice, PAGE)
    for words in ("A heron", "very happy", "Download as CSV", "The last 30 days"):
        assert words in text
    own = f"{PAGE}/{doc['id']}"
    assert "A heron" in page(alice, own)
    assert post(alice, own, mood="sad", note="")[0] == 302
    doc = cast.alice.get("/api/mood?depth=0")["docs"][0]
    assert (doc["mood"], doc["note"]) == ("sad", None)
    assert post(alice, f"{own}/delete")[0] == 302
    assert cast.alice.get("/api/mood?depth=0")["totalDocs"] == 0


def test_a_form_in_a_chat_leads_back_to_it_and_nowhere_else(cast: Cast) -> None:
    alice = signed_in(cast.alice)
    assert post(alice, PAGE, mood="sad", next="/chats/5") == (302, "/chats/5")
    assert post(alice, PAGE, mood="sad", next="https://evil.test/") == (302, PAGE)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"mood": ""}, "Choose how you feel."),
        ({"mood": "furious"}, "Select a valid choice"),
        ({"mood": "sad", "note": "x" * 20_001}, "at most 20000 characters"),
        ({"mood": "sad", "note": "a\x01b"}, "control character"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(cast: Cast, values: dict[str, str], says: str) -> None:
    alice = signed_in(cast.alice)
    entry = write(cast.alice, "2026-03-01")
    refused(alice, PAGE, says=says, **values)
    refused(alice, f"{PAGE}/{entry}", says=says, **values)


def test_entries_of_another_are_not_there(cast: Cast) -> None:
    bob = signed_in(cast.bob)
    entry = write(cast.alice, "2026-03-01", note="A heron")
    for path in (f"{PAGE}/{entry}", f"{PAGE}/999999"):
        assert bob.get(path).status_code == 404
        assert bob.post(path, {"mood": "sad"}).status_code == 404
        assert bob.post(f"{path}/delete").status_code == 404
    assert Mood.objects.get(pk=entry).mood == "happy"
    assert "heron" not in page(bob, f"{PAGE}?month=2026-03")
    assert b"heron" not in bob.get(f"{PAGE}.csv").getvalue()


def test_a_month_is_that_of_the_persons_time_zone(cast: Cast, clock: Clock) -> None:
    alice = signed_in(cast.alice)
    move_to(cast.alice.id, "Asia/Tokyo")
    write(cast.alice, "2026-02-28T16:00:00.000Z", note="First of March there")
    write(cast.alice, "2026-02-28T14:00:00.000Z", note="Last of February there")
    Mood.objects.create(user_id=cast.alice.id, mood="sad", created_at="2026-02-10T00:00:00.000Z")
    march, february = page(alice, PAGE), page(alice, f"{PAGE}?month=2026-02")
    assert "March 2026" in march
    assert "First of March there" in march
    assert "1 March 2026, 01:00" in march
    assert "Last of February there" not in march
    assert "Last of February there" in february
    assert "10 February 2026" in february
    for asked in ("2026-13", "x", "0001-01", "9999-12", "2026-03-99", "-2026"):
        assert "March 2026" in page(alice, f"{PAGE}?month={asked}")


def test_moods_stand_beside_minutes_and_nights(cast: Cast, clock: Clock) -> None:
    clock.set("2026-03-01T21:00:00.000Z")
    be_there(clock, cast.alice.id, 30)
    clock.set("2026-03-01T23:30:00.000Z")
    be_there(clock, cast.alice.id, 20)
    clock.set("2026-03-02T08:00:00.000Z")
    be_there(clock, cast.alice.id, 7)
    write(cast.alice, "2026-03-01T20:00:00.000Z", mood="very-happy")
    write(cast.alice, "2026-03-01T21:00:00.000Z", mood="neutral")
    text = page(signed_in(cast.alice), PAGE)
    for words in (
        "1 March: 4.0 of 5",
        "1 March: 50 minutes",
        "1 March: 20 minutes",
        "2 March: 7 minutes",
        "57 minutes",
    ):
        assert words in text
    assert "2 March: no entry" in text


def test_the_table_has_all_entries_and_no_formula(cast: Cast) -> None:
    write(cast.alice, "2026-03-01T20:00:00.000Z", note="=1+1")
    write(cast.alice, "2026-03-02T20:00:00.000Z", note='Two\nlines, and "quotes"')
    write(cast.alice, "2026-03-03T20:00:00.000Z", mood="sad")
    answer = signed_in(cast.alice).get(f"{PAGE}.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert list(csv.reader(io.StringIO(answer.getvalue().decode()))) == [
        ["timestamp", "mood", "note"],
        ["2026-03-01T20:00:00.000Z", "happy", "'=1+1"],
        ["2026-03-02T20:00:00.000Z", "happy", 'Two\nlines, and "quotes"'],
        ["2026-03-03T20:00:00.000Z", "sad", ""],
    ]
