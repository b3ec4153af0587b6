"""The page of one's own limits: what is used, what is set, what becomes looser and when."""

from typing import Any

import pytest
from django.test import Client

from botcafe.areas.wellbeing.limits import LimitReachedError
from botcafe.areas.wellbeing.use_state import read_limits
from tests.areas.wellbeing.clock import Clock, be_there, stop_clock, take_turn
from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused

PAGE = "/wellbeing"
FORM: dict[str, Any] = {
    "is_active": "on",
    "daily_time_limit_minutes": "60",
    "weekly_message_limit": "10",
    "quiet_from": "23:00",
    "quiet_to": "07:00",
    "hide_words": "gin\n\n  Elm   Street ",
    "never_send": "my street",
    "break_reminders": "on",
    "break_reminder_minutes": "45",
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A Monday morning in March."""
    return stop_clock(monkeypatch)


def test_strangers_are_sent_to_the_sign_in_page(cast: Cast) -> None:
    assert Client().get(PAGE).headers["Location"].startswith("/login?")
    assert Client().post(f"{PAGE}/seen").headers["Location"].startswith("/login?")
    assert signed_in(cast.alice).get(f"{PAGE}/seen").status_code == 405


def test_limits_are_set_and_shown_with_what_is_used(cast: Cast, clock: Clock) -> None:
    alice = signed_in(cast.alice)
    assert "0 minutes today" in page(alice, PAGE)
    assert post(alice, PAGE, **FORM) == (302, PAGE)
    doc = cast.alice.get("/api/selfModeration?depth=0")["docs"][0]
    assert (doc["daily_time_limit_minutes"], doc["weekly_message_limit"]) == (60, 10)
    assert doc["quiet_hours"] == {"from": "23:00", "to": "07:00"}
    assert doc["content_filters"] == {"hide_words": ["gin", "Elm   Street"], "never_send": ["my street"]}
    assert read_limits(cast.alice.id)[0].hide_words == ("elm street", "gin")
    assert (doc["break_reminders"], doc["break_reminder_minutes"], doc["loosens_at"]) == (True, 45, None)
    be_there(clock, cast.alice.id, 12)
    take_turn(cast.alice.id)
    text = page(alice, PAGE)
    for words in ("12 of 60 minutes today", "1 of 10 messages this week", "Quiet hours: 23:00–07:00.", 'value="23:00"'):
        assert words in text
    assert "Keep my limits" not in text
    bob = page(signed_in(cast.bob), PAGE)
    assert "of 60 minutes" not in bob


def test_a_looser_wish_is_shown_with_its_moment_and_taken_back(cast: Cast, clock: Clock) -> None:
    alice = signed_in(cast.alice)
    post(alice, PAGE, **FORM)
    # All of it off: each limit waits, and none is lost.
    post(alice, PAGE, **{**FORM, "is_active": ""})
    text = page(alice, PAGE)
    for words in (
        "From Tuesday, 3 March, 08:00 there is no limit of minutes a day.",
        "From Tuesday, 3 March, 08:00 there is no limit of messages a week.",
        "From Tuesday, 3 March, 08:00 you have no quiet hours.",
        "From Tuesday, 3 March, 08:00 fewer words are hidden in replies.",
        "0 of 10 messages this week",
    ):
        assert words in text
    before = read_limits(cast.alice.id)
    assert post(alice, f"{PAGE}/keep-limits") == (302, PAGE)
    assert "Keep my limits" not in page(alice, PAGE)
    clock.wait(hours=48)
    assert read_limits(cast.alice.id) == before
    assert cast.alice.get("/api/selfModeration?depth=0")["docs"][0]["is_active"] is True


def test_what_was_deleted_is_taken_back_too(cast: Cast, clock: Clock) -> None:
    alice = signed_in(cast.alice)
    post(alice, PAGE, **{**FORM, "quiet_from": "22:00"})
    post(alice, PAGE, **{**FORM, "quiet_from": "21:00", "quiet_to": "06:00"})
    before = read_limits(cast.alice.id)[0]
    assert before.quiet_hours == ((0, 420), (1260, 1440))
    own = cast.alice.get("/api/selfModeration?depth=0")["docs"][0]["id"]
    cast.alice.ask("DELETE", f"/api/selfModeration/{own}")
    post(alice, f"{PAGE}/keep-limits")
    clock.wait(hours=48)
    assert read_limits(cast.alice.id)[0] == before


def test_a_limit_that_is_used_up_is_said(cast: Cast, clock: Clock) -> None:
    alice = signed_in(cast.alice)
    post(alice, PAGE, **{**FORM, "weekly_message_limit": "1"})
    take_turn(cast.alice.id)
    with pytest.raises(LimitReachedError) as error:
        take_turn(cast.alice.id)
    assert error.value.message in page(alice, PAGE)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("daily_time_limit_minutes", "-1", "greater than or equal to 0"),
        ("daily_time_limit_minutes", "1441", "less than or equal to 1440"),
        ("weekly_message_limit", "many", "Enter a whole number"),
        ("quiet_to", "", "Give both times, or neither."),
        ("quiet_to", "25:00", "Enter a valid time"),
        ("quiet_to", "23:00", "two different times"),
        ("break_reminder_minutes", "1", "greater than or equal to 5"),
        ("never_send", "x" * 101, "1 to 100 characters"),
        ("never_send", "\n".join(map(str, range(201))), "at most 200 words"),
    ],
)
def test_what_does_not_fit_stays_in_the_form_and_nothing_changes(
    cast: Cast, clock: Clock, field: str, value: str, says: str
) -> None:
    alice = signed_in(cast.alice)
    post(alice, PAGE, **FORM)
    refused(alice, PAGE, says=says, **{**FORM, field: value})


def test_a_page_that_is_open_counts_minutes(cast: Cast, clock: Clock) -> None:
    alice = signed_in(cast.alice)
    assert alice.post(f"{PAGE}/seen").status_code == 204
    for _ in range(10):
        clock.wait(minutes=1)
        assert alice.post(f"{PAGE}/seen").status_code == 204
    assert "10 minutes today" in page(alice, PAGE)
