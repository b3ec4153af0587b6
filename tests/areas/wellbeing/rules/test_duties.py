"""The table of rules, line by line with a frozen clock: who is told what, from which day on, and how often."""

from typing import Any

import pytest

from botcafe.areas.wellbeing.notices import Notice
from botcafe.areas.wellbeing.report import yearly_report
from botcafe.areas.wellbeing.rules import told
from botcafe.areas.wellbeing.rules.duties import Duties, duties_for
from botcafe.areas.wellbeing.rules.table import CODES, JURISDICTIONS
from botcafe.cms.schema.actor import Actor
from botcafe.kit.instants import from_epoch, to_epoch
from tests.people import Cast

HOUR = 3600
AT_START = Duties(tells_at_start=True)


@pytest.mark.parametrize(
    ("region", "day", "is_minor", "duties"),
    [
        ("US-NY", "2025-11-04", False, Duties()),
        ("US-NY", "2025-11-05", False, Duties(True, 3)),
        ("US-NY", "2025-11-05", True, Duties(True, 3)),
        ("US-CA", "2025-12-31", True, Duties()),
        ("US-CA", "2026-01-01", False, AT_START),
        ("US-CA", "2026-01-01", True, Duties(True, 3, 3)),
        ("US-WA", "2026-12-31", True, Duties()),
        ("US-WA", "2027-01-01", False, Duties(True, 3)),
        ("US-WA", "2027-01-01", True, Duties(True, 1)),
        ("DE", "2026-08-01", False, Duties()),
        ("DE", "2026-08-02", False, AT_START),
        ("DE-BY", "2026-08-02", False, AT_START),
        ("CH", "2027-01-01", True, Duties()),
        ("US", "2027-01-01", True, Duties()),
        ("", "2027-01-01", False, Duties()),
    ],
)
def test_each_place_from_its_day_on(region: str, day: str, is_minor: bool, duties: Duties) -> None:
    assert duties_for(region, day, is_minor=is_minor) == duties


def test_places_of_the_setting_hold_for_everybody_and_the_strictest_counts(settings: Any) -> None:
    settings.RULES = ("us-ny", "us-wa", "us-ca")
    assert duties_for("CH", "2027-01-01", is_minor=True) == Duties(True, 1, 3)
    assert duties_for("", "2026-12-31", is_minor=False) == Duties(True, 3)


def test_every_line_has_a_source_and_days() -> None:
    for place in JURISDICTIONS:
        assert place.code in CODES
        for each in place.obligations:
            assert each.source.startswith("https://"), each
            assert each.in_force_from < "2028", each
            assert each.checked_on >= "2026-12-01", each
            assert (each.hours is not None) == each.kind.endswith("-repeat"), each


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = to_epoch("2027-03-01T10:00:00.000Z")
        monkeypatch.setattr(told, "now", lambda: from_epoch(self.moment))
        monkeypatch.setattr("botcafe.areas.wellbeing.reader.now", lambda: from_epoch(self.moment))
        monkeypatch.setattr("botcafe.areas.wellbeing.counting.now", lambda: from_epoch(self.moment))


def kinds(person: Any, *, is_start: bool = False) -> list[str]:
    """The kinds of the notices of a turn."""
    from botcafe.areas.wellbeing.reader import load_reader

    actor = Actor("user", person.id)
    found: tuple[Notice, ...] = told.rule_notices(actor, load_reader(actor), is_start=is_start)
    return [each.kind for each in found]


def test_a_minor_of_washington_and_california_hears_it_in_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.RULES = ("us-wa", "us-ca")
    clock = Clock(monkeypatch)
    status, _ = cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", {"birth_year": 2014})
    assert status == 200
    assert kinds(cast.bob, is_start=True) == ["ai", "break"]
    clock.moment += HOUR - 1
    assert kinds(cast.bob) == []
    clock.moment += 1
    assert kinds(cast.bob) == ["ai"]
    clock.moment += HOUR
    assert kinds(cast.bob) == ["ai"]
    clock.moment += HOUR
    assert kinds(cast.bob) == ["ai", "break"]
    sums = {(each.region, each.kind): each for each in yearly_report(2027).sums}
    assert sums["", "ai"].total == sums["", "ai"].minors == 4
    assert yearly_report(2026).sums == ()


def test_where_no_rule_holds_nobody_is_told_and_nothing_is_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    assert kinds(cast.alice, is_start=True) == []
    assert yearly_report(2027).sums == ()


def test_a_new_chat_does_not_put_the_break_off(cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.RULES = ("us-ca",)
    clock = Clock(monkeypatch)
    assert cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", {"birth_year": 2014})[0] == 200
    assert kinds(cast.bob, is_start=True) == ["ai", "break"]
    clock.moment += 2 * HOUR
    assert kinds(cast.bob, is_start=True) == ["ai"]
    clock.moment += HOUR
    assert kinds(cast.bob) == ["break"]
