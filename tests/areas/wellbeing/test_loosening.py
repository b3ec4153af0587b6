"""A tighter limit counts at once, a looser one a day later, whichever door it comes by."""

from collections.abc import Callable
from typing import Any

import pytest

from botcafe.areas.wellbeing.limit_values import LimitsInForce, format_quiet_hours, limits_from_json, read_quiet_hours
from botcafe.areas.wellbeing.limits import LimitReachedError
from botcafe.areas.wellbeing.use_state import read_limits
from tests.areas.wellbeing.clock import Clock, stop_clock, take_turn
from tests.backoffice.test_staff_site import address, browser_of
from tests.people import Cast, Person

PATH = "/api/selfModeration"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A Monday morning in March."""
    return stop_clock(monkeypatch)


def allowed(person: Person) -> int | None:
    """The messages a week that count now."""
    return read_limits(person.id)[0].weekly_message_limit


def change(person: Person, **values: Any) -> dict[str, Any]:
    """Change one's own limits."""
    own = person.get(f"{PATH}?depth=0")["docs"][0]["id"]
    status, answer = person.ask("PATCH", f"{PATH}/{own}?depth=0", values)
    assert status == 200, answer
    doc: dict[str, Any] = answer["doc"]
    return doc


def by_patch(cast: Cast, own: int) -> None:
    status, answer = cast.alice.ask("PATCH", f"{PATH}/{own}", {"weekly_message_limit": 50})
    assert status == 200, answer


def by_bulk(cast: Cast, own: int) -> None:
    status, answer = cast.alice.ask("PATCH", f"{PATH}?where[id][exists]=true", {"weekly_message_limit": None})
    assert status == 200, answer


def by_switch(cast: Cast, own: int) -> None:
    status, answer = cast.alice.ask("PATCH", f"{PATH}/{own}", {"is_active": False})
    assert status == 200, answer


def by_delete(cast: Cast, own: int) -> None:
    assert cast.alice.ask("DELETE", f"{PATH}/{own}")[0] == 200


def by_bulk_delete(cast: Cast, own: int) -> None:
    assert cast.alice.ask("DELETE", f"{PATH}?where[id][exists]=true")[0] == 200


def by_staff(cast: Cast, own: int) -> None:
    answer = browser_of(cast.ada).post(address("selfModeration", "delete", own), {"post": "yes"})
    assert answer.status_code == 302


@pytest.mark.parametrize("door", [by_patch, by_bulk, by_switch, by_delete, by_bulk_delete, by_staff])
def test_a_looser_limit_waits_a_day_at_every_door(cast: Cast, clock: Clock, door: Callable[[Cast, int], None]) -> None:
    alice = cast.alice
    own = alice.make("selfModeration", {"weekly_message_limit": 1})["id"]
    take_turn(alice.id)
    door(cast, own)
    with pytest.raises(LimitReachedError):
        take_turn(alice.id)
    clock.wait(hours=23, minutes=59)
    with pytest.raises(LimitReachedError):
        take_turn(alice.id)
    clock.wait(minutes=1)
    take_turn(alice.id)


def test_a_row_that_nobody_has_taken_a_turn_with_holds_too(cast: Cast, clock: Clock) -> None:
    """An imported row comes without its hooks."""
    from botcafe.areas.wellbeing.collections.self_moderation import SelfModeration

    row = SelfModeration.objects.create(user_id=cast.alice.id, weekly_message_limit=0, content_filters={"odd": 1})
    assert cast.alice.ask("DELETE", f"{PATH}/{row.pk}")[0] == 200
    with pytest.raises(LimitReachedError):
        take_turn(cast.alice.id)


def test_deleting_and_making_anew_loosens_nothing(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    own = alice.make("selfModeration", {"weekly_message_limit": 1})["id"]
    alice.ask("DELETE", f"{PATH}/{own}")
    clock.wait(hours=1)
    doc = alice.make("selfModeration", {"weekly_message_limit": 5})
    assert allowed(alice) == 1
    # A tighter wish than the one that is awaited does not begin the waiting anew.
    assert doc["loosens_at"] == "2026-03-03T08:00:00.000Z"
    assert doc["in_force"]["weekly_message_limit"] == 1
    clock.wait(hours=1)
    assert change(alice, weekly_message_limit=6)["loosens_at"] == "2026-03-03T10:00:00.000Z"


def test_tighter_counts_at_once_and_takes_a_looser_wish_back(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"weekly_message_limit": 10})
    doc = change(alice, weekly_message_limit=20)
    assert (doc["weekly_message_limit"], doc["loosens_at"]) == (20, "2026-03-03T08:00:00.000Z")
    doc = change(alice, weekly_message_limit=10)
    assert (doc["loosens_at"], doc["in_force"]) == (None, None)
    clock.wait(hours=48)
    assert allowed(alice) == 10
    change(alice, weekly_message_limit=4)
    assert allowed(alice) == 4
    change(alice, weekly_message_limit=30)
    clock.wait(hours=24)
    assert allowed(alice) == 30


def test_each_limit_waits_for_itself(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make("selfModeration", {"weekly_message_limit": 1, "daily_time_limit_minutes": 10})
    change(alice, weekly_message_limit=2)
    clock.wait(hours=12)
    change(alice, daily_time_limit_minutes=20)
    clock.wait(hours=12)
    limits = read_limits(alice.id)[0]
    assert (limits.weekly_message_limit, limits.daily_time_limit_minutes) == (2, 10)
    clock.wait(hours=12)
    assert read_limits(alice.id)[0].daily_time_limit_minutes == 20


def test_of_quiet_hours_and_filters_both_count_until_then(cast: Cast, clock: Clock) -> None:
    alice = cast.alice
    alice.make(
        "selfModeration",
        {"quiet_hours": {"from": "23:00", "to": "07:00"}, "content_filters": {"never_send": ["one", "two"]}},
    )
    change(alice, quiet_hours={"from": "22:00", "to": "06:00"}, content_filters={"never_send": ["two", "three"]})
    limits = read_limits(alice.id)[0]
    assert format_quiet_hours(limits.quiet_hours) == "22:00–07:00"
    assert limits.never_send == ("one", "three", "two")
    clock.wait(hours=24)
    limits = read_limits(alice.id)[0]
    assert format_quiet_hours(limits.quiet_hours) == "22:00–06:00"
    assert limits.never_send == ("three", "two")


def test_many_changes_of_quiet_hours_stay_one_set_of_minutes() -> None:
    force = LimitsInForce()
    for hour in range(200):
        spans = read_quiet_hours({"from": f"{hour % 24:02d}:00", "to": f"{(hour + 9) % 24:02d}:30"})
        force = force.after_wish(limits_from_json({"quiet_hours": spans}), hour, hour + 24 * 3600)
    assert force.limits.quiet_hours == ((0, 1440),)


def test_what_is_in_force_is_the_servers_alone(cast: Cast, clock: Clock) -> None:
    for person in (cast.alice, cast.ada):
        doc = person.make(
            "selfModeration", {"weekly_message_limit": 1, "loosens_at": "2020-01-01", "in_force": {"a": 1}}
        )
        assert (doc["loosens_at"], doc["in_force"]) == (None, None)
        assert change(person, in_force={"a": 1}, loosens_at="2020-01-01")["in_force"] is None
        assert allowed(person) == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("daily_time_limit_minutes", 1.5, "Give a whole number."),
        ("weekly_message_limit", 0.1, "Give a whole number."),
        ("weekly_message_limit", -1, ""),
        ("break_reminder_minutes", 4, ""),
        ("break_reminder_minutes", 30.5, "Give a whole number."),
        ("quiet_hours", {"from": "23:00"}, "two times of the day"),
        ("quiet_hours", {"from": "24:00", "to": "07:00"}, "two times of the day"),
        ("quiet_hours", {"from": "07:00", "to": "07:00"}, "two different times"),
        ("quiet_hours", [["23:00", "07:00"]], "two times of the day"),
        ("content_filters", {"violence": True}, "lists of words"),
        ("content_filters", {"never_send": "gin"}, "at most 200"),
        ("content_filters", {"never_send": ["gin"] * 201}, "at most 200"),
        ("content_filters", {"hide_words": [""]}, "1 to 100 characters"),
        ("content_filters", {"hide_words": [5]}, "1 to 100 characters"),
        ("content_filters", {"hide_words": ["x" * 101]}, "1 to 100 characters"),
    ],
)
def test_what_is_no_limit_is_refused_and_nothing_changes(
    cast: Cast, clock: Clock, field: str, value: object, says: str
) -> None:
    alice = cast.alice
    own = alice.make("selfModeration", {"weekly_message_limit": 7})["id"]
    before = alice.get(f"{PATH}/{own}?depth=0")
    status, answer = alice.ask("PATCH", f"{PATH}/{own}", {field: value})
    assert status == 400
    assert answer["errors"][0]["data"]["errors"][0]["path"] == field
    assert says in str(answer)
    assert alice.get(f"{PATH}/{own}?depth=0") == before
    assert allowed(alice) == 7
    assert cast.bob.ask("POST", PATH, {field: value})[0] == 400
    assert cast.bob.get(PATH)["totalDocs"] == 0
