"""``botcafe report wellbeing YEAR``: counts, as text and as JSON, of one year alone."""

import argparse
import json

import pytest

from botcafe.areas.wellbeing import counting
from botcafe.cli import report_command

YEARS = {2026: ("2026-12-31T23:59:59.000Z", 1), 2027: ("2027-01-01T00:00:00.000Z", 3)}


@pytest.fixture
def counted(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some notices on both sides of a new year."""
    for moment, times in YEARS.values():
        monkeypatch.setattr(counting, "now", lambda moment=moment: moment)
        for number in range(times):
            counting.count_notice("suicide", "US-CA", is_minor=number == 0)
        counting.count_notice("ai", "", is_minor=False)


def told(capsys: pytest.CaptureFixture[str], year: int, *, as_json: bool) -> str:
    """What the command prints."""
    assert report_command.run_command(argparse.Namespace(what="wellbeing", year=year, json=as_json)) == 0
    return capsys.readouterr().out


def test_the_figures_of_a_year(counted: None, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, 2027, as_json=True))
    assert found["crisis_total"] == 3
    assert {"region": "US-CA", "kind": "suicide", "total": 3, "minors": 1} in found["sums"]
    assert "2026: 1 referrals" in told(capsys, 2026, as_json=False)
    assert json.loads(told(capsys, 2025, as_json=True))["sums"] == []


@pytest.mark.parametrize("year", ["1999", "soon", "-1", "20270"])
def test_what_is_no_year_is_refused(year: str) -> None:
    parser = argparse.ArgumentParser()
    report_command.add_arguments(parser, "report")
    with pytest.raises(SystemExit):
        parser.parse_args(["wellbeing", year])
