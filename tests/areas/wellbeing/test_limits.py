"""Limits of one's own: what they count, when they refuse, and until when."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from botcafe.areas.wellbeing.collections.internal import UseDay, UseState
from botcafe.areas.wellbeing.limits import LimitReachedError, count_turn
from botcafe.cms.schema.errors import BadRequest
from botcafe.kit.instants import to_epoch
from tests.areas.wellbeing.clock import MONDAY, Clock, be_there, move_to, stop_clock, take_turn
from tests.people import Cast


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A Monday morning in March."""
    return stop_clock(monkeypatch)


def refused(user_id: int, text: str = "Hello") -> LimitReachedError:
    """The refusal of a turn, after which nothing is counted."""
    before = list(UseState.objects.values("use", "limits", "pending"))
    with pytest.raises(LimitReachedError) as found:
        take_turn(user_id, text)
    assert list(UseState.objects.values("use", "limits", "pending")) == before
    return found.value


def test_a_week_of_messages_ends_on_monday(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"weekly_message_limit": 3})
    for _ in range(3):
        take_turn(alice.id)
        clock.wait(hours=20)
    error = refused(alice.id)
    assert error.status == 429
    assert error.data == {
        "limit": "weekly_message_limit",
        "used": 3,
        "allowed": 3,
        "until": "2026-03-09T00:00:00.000Z",
    }
    assert error.retry_after == to_epoch("2026-03-09T00:00:00.000Z") - clock.moment
    assert error.message == (
        "Your limit of 3 messages for a week is used up. You can go on from Monday, 9 March, 00:00."
    )
    clock.set("2026-03-08T23:59:59.999Z")
    refused(alice.id)
    clock.set("2026-03-09T00:00:00.000Z")
    take_turn(alice.id)


def test_a_limit_of_nothing_allows_nothing(cast: Cast, clock: Clock) -> None:
    cast.alice.make("selfModeration", {"daily_time_limit_minutes": 0})
    assert refused(cast.alice.id).data["limit"] == "daily_time_limit_minutes"
    take_turn(cast.bob.id)


def test_minutes_of_a_day_are_those_with_signs_of_life(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"daily_time_limit_minutes": 30})
    be_there(clock, alice.id, 20)
    # Pauses of more than five minutes are none of it, those of five are.
    clock.wait(minutes=6)
    take_turn(alice.id)
    clock.wait(minutes=5)
    take_turn(alice.id)
    be_there(clock, alice.id, 4)
    take_turn(alice.id)
    be_there(clock, alice.id, 1)
    error = refused(alice.id)
    assert (error.data["used"], error.data["until"]) == (30.0, "2026-03-03T00:00:00.000Z")
    clock.set("2026-03-03T00:00:00.000Z")
    take_turn(alice.id)
    day = UseDay.objects.get(user=alice.id)
    assert (day.day, day.messages, day.active_seconds) == ("2026-03-02", 3, 1800.0)


def test_of_several_limits_the_one_that_lasts_longest_is_named(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    quiet = {"from": "07:00", "to": "09:30"}
    alice.make("selfModeration", {"daily_time_limit_minutes": 0, "weekly_message_limit": 0, "quiet_hours": quiet})
    assert refused(alice.id).data["limit"] == "weekly_message_limit"


def test_quiet_hours_pass_midnight_and_change_with_the_clocks(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    move_to(alice.id, "Europe/Berlin")
    alice.make("selfModeration", {"quiet_hours": {"from": "23:00", "to": "07:00"}})
    take_turn(alice.id)
    clock.set("2026-03-02T21:59:59.000Z")
    take_turn(alice.id)
    clock.set("2026-03-02T22:00:00.000Z")
    error = refused(alice.id)
    assert error.data == {"limit": "quiet_hours", "used": None, "allowed": None, "until": "2026-03-03T06:00:00.000Z"}
    assert "(23:00–07:00)" in error.message
    assert "Tuesday, 3 March, 07:00" in error.message
    clock.set("2026-03-03T05:59:59.000Z")
    refused(alice.id)
    clock.set("2026-03-03T06:00:00.000Z")
    take_turn(alice.id)
    # The night in which summer time begins has an hour less.
    clock.set("2026-03-28T22:30:00.000Z")
    assert refused(alice.id).data["until"] == "2026-03-29T05:00:00.000Z"
    clock.set("2026-03-29T05:00:00.000Z")
    take_turn(alice.id)


def test_a_day_is_as_long_as_the_clocks_make_it(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    move_to(alice.id, "Europe/Berlin")
    alice.make("selfModeration", {"daily_time_limit_minutes": 10})
    for day, following in (
        ("2026-03-29T10:00:00.000Z", "2026-03-29T22:00:00.000Z"),
        ("2026-10-25T10:00:00.000Z", "2026-10-25T23:00:00.000Z"),
    ):
        clock.set(day)
        be_there(clock, alice.id, 10)
        assert refused(alice.id).data["until"] == following
        clock.set(following)
        take_turn(alice.id)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_another_time_zone_gives_no_second_day(cast: Cast, clock: Clock, zone: str) -> None:
    """The next day begins there, and not before the present one has lasted 24 hours."""
    alice = cast.alice
    alice.make("selfModeration", {"daily_time_limit_minutes": 10, "weekly_message_limit": 1000})
    be_there(clock, alice.id, 10)
    started = to_epoch("2026-03-02T00:00:00.000Z")
    refused(alice.id)
    move_to(alice.id, zone)
    until = to_epoch(refused(alice.id).data["until"])
    assert started + 24 * 3600 <= until < started + 48 * 3600
    for hour in range(1, 16):
        clock.set(MONDAY)
        clock.wait(hours=hour, minutes=20)
        refused(alice.id)
    clock.moment = until
    take_turn(alice.id)


def test_another_time_zone_gives_no_second_week(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"weekly_message_limit": 1})
    clock.set("2026-03-08T20:00:00.000Z")
    take_turn(alice.id)
    move_to(alice.id, "Pacific/Kiritimati")  # where Monday has begun
    until = refused(alice.id).data["until"]
    assert until == "2026-03-15T10:00:00.000Z"


def test_quiet_hours_are_not_left_by_moving_away(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"quiet_hours": {"from": "12:00", "to": "18:00"}})
    take_turn(alice.id)
    clock.set("2026-03-02T12:30:00.000Z")
    refused(alice.id)
    for zone in ("Asia/Tokyo", "Asia/Dubai", "America/New_York"):
        move_to(alice.id, zone)
        refused(alice.id)
    # Told of the move while it is not quiet, the hours of the former zone count for a day.
    move_to(alice.id, "Asia/Tokyo")
    clock.set("2026-03-02T19:00:00.000Z")
    take_turn(alice.id)
    clock.set("2026-03-03T13:00:00.000Z")
    refused(alice.id)
    clock.set("2026-03-04T13:00:00.000Z")
    take_turn(alice.id)
    clock.set("2026-03-05T04:00:00.000Z")
    refused(alice.id)


def test_what_one_does_not_want_to_send_is_refused(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"content_filters": {"never_send": ["Elm Street", "Straße", "東京", "ann"]}})
    for text in ("I live at ELM  street 5", "Die STRASSE", "明日東京へ", "Ann, hello"):
        before = UseState.objects.values_list("use", flat=True).first()
        with pytest.raises(BadRequest, match="never to send") as found:
            take_turn(alice.id, text)
        assert found.value.data == {"path": "entry"}
        assert UseState.objects.values_list("use", flat=True).first() == before
    for text in ("Elmstreet", "The annals", "Hello"):
        take_turn(alice.id, text)


def test_a_limit_that_is_near_is_told_once(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"weekly_message_limit": 10, "daily_time_limit_minutes": 10})
    told = [take_turn(alice.id) for _ in range(10)]
    assert [len(each) for each in told] == [0] * 8 + [1, 0]
    assert told[8][0].as_json() == {"kind": "limit", "text": "9 of your 10 messages for this week are used."}
    own = alice.get("/api/selfModeration?depth=0")["docs"][0]["id"]
    assert alice.ask("DELETE", f"/api/selfModeration/{own}")[0] == 200


def test_a_break_is_suggested_after_so_many_minutes_of_use(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"break_reminders": True, "break_reminder_minutes": 30})
    be_there(clock, alice.id, 29)
    assert take_turn(alice.id) == ()
    be_there(clock, alice.id, 1)
    (notice,) = take_turn(alice.id)
    assert notice.kind == "break"
    assert notice.text.startswith("You have been here for 30 minutes")
    assert take_turn(alice.id) == ()
    be_there(clock, alice.id, 29)
    # After a pause it begins anew.
    clock.wait(minutes=6)
    be_there(clock, alice.id, 2)
    assert take_turn(alice.id) == ()
    be_there(clock, alice.id, 28)
    assert [each.kind for each in take_turn(alice.id)] == ["break"]


def test_a_turn_asks_one_question_and_stores_one_row(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"weekly_message_limit": 100, "quiet_hours": {"from": "01:00", "to": "02:00"}})
    take_turn(alice.id)
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        count_turn(alice.id, "Hello")
    kinds = [each["sql"].split()[0] for each in captured.captured_queries]
    assert kinds == ["SELECT", "UPDATE"]
