"""Whether a process can serve, and whether a worker lives."""

import datetime as dt
import time
from typing import Any

import pytest
from django.utils import timezone

from botcafe.config import health
from botcafe.jobs.heartbeat import MAX_SILENT_SECONDS, seconds_since_heartbeat, write_heartbeat
from botcafe.jobs.models import WorkerHeartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _worker_elsewhere(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WORKER = "elsewhere"
    monkeypatch.setattr(health, "STARTED", -1000.0)


def last_heard(seconds: float) -> None:
    """Put the last beat of all workers back."""
    WorkerHeartbeat.objects.update(beaten_at=timezone.now() - dt.timedelta(seconds=seconds))


def test_a_worker_that_was_never_heard_of_is_missed() -> None:
    assert seconds_since_heartbeat() is None
    assert "No worker was heard of" in health._look_into_database()


def test_one_living_worker_is_enough() -> None:
    write_heartbeat("dead")
    last_heard(MAX_SILENT_SECONDS + 5)
    assert "No worker was heard of" in health._look_into_database()
    write_heartbeat("alive")
    assert health._look_into_database() == ""
    assert 0 <= float(seconds_since_heartbeat() or 0) < 5


def test_a_worker_has_time_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "STARTED", time.monotonic())
    assert health._look_into_database() == ""


def test_where_no_worker_is_expected_none_is_missed(settings: Any) -> None:
    settings.WORKER = "none"
    assert health._look_into_database() == ""


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # More than any disk has free.
    monkeypatch.setattr(health, "MIN_FREE_BYTES", 2**80)
    assert "disk of the data folder is full" in health._look_into_database()


def test_workers_that_are_gone_for_a_day_are_forgotten() -> None:
    write_heartbeat("old")
    last_heard(90_000)
    write_heartbeat("new")
    assert list(WorkerHeartbeat.objects.values_list("name", flat=True)) == ["new"]
