"""Metrics of one process and of several, in the format that Prometheus reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from botcafe.kit.process_locks import take_slot
from botcafe.kit.telemetry import metrics
from botcafe.kit.telemetry.metrics import (
    MAX_SERIES,
    Counter,
    Gauge,
    Histogram,
    Metric,
    Snapshot,
    decode_snapshot,
    encode_snapshot,
    take_snapshot,
    write_exposition,
)
from botcafe.kit.telemetry.process_metrics import ProcessMetrics


@pytest.fixture(autouse=True)
def _only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Metric, "registered", {})
    monkeypatch.setattr(metrics, "_COLLECTORS", [])


def test_a_counter_and_a_gauge_are_written() -> None:
    cups, guests = Counter("cups", "Cups.", "kind"), Gauge("guests", "Guests.")
    cups.add(2, "large")
    cups.add(1, 'a "b"\\\n')
    guests.set(3.5)
    guests.add(-1)
    assert write_exposition({"": take_snapshot()}).splitlines() == [
        "# HELP cups_total Cups.",
        "# TYPE cups_total counter",
        'cups_total{kind="large"} 2',
        'cups_total{kind="a \\"b\\"\\\\\\n"} 1',
        "# HELP guests Guests.",
        "# TYPE guests gauge",
        "guests 2.5",
    ]


def test_the_buckets_of_a_histogram_add_up() -> None:
    wait = Histogram("wait", "Wait.", "who")
    for seconds in (0.001, 0.005, 0.02, 100.0):
        wait.observe(seconds, "a")
    lines = write_exposition({"": take_snapshot()}).splitlines()[2:]
    assert lines[:3] == [
        'wait_bucket{who="a",le="0.005"} 2',
        'wait_bucket{who="a",le="0.01"} 2',
        'wait_bucket{who="a",le="0.025"} 3',
    ]
    assert lines[-3:] == ['wait_bucket{who="a",le="+Inf"} 4', 'wait_sum{who="a"} 100.026', 'wait_count{who="a"} 4']


def test_series_are_bounded() -> None:
    names = Counter("names", "Names.", "name")
    for number in range(MAX_SERIES + 50):
        names.add(1, f"n{number}")
    snapshot = names.snapshot()
    assert len(snapshot) == MAX_SERIES + 1
    assert snapshot[-1] == (["other"], [50.0])


def test_gauges_are_replaced_whole() -> None:
    jobs = Gauge("jobs", "Jobs.", "job")
    jobs.set(4, "old")
    jobs.replace({("new",): 2.0})
    assert jobs.snapshot() == [(["new"], [2.0])]


def test_each_process_has_a_label_of_its_own() -> None:
    cups = Counter("cups", "Cups.")
    cups.add(2)
    other: Snapshot = decode_snapshot(encode_snapshot(take_snapshot()))
    cups.add(3)
    text = write_exposition({"server-1": take_snapshot(), "server-2": other})
    assert text.splitlines()[2:] == ['cups_total{process="server-1"} 5', 'cups_total{process="server-2"} 2']


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff"])
def test_a_broken_file_of_another_process_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode_snapshot(data)


def test_what_another_version_counts_otherwise_is_left_out() -> None:
    Counter("cups", "Cups.", "kind")
    found = decode_snapshot(b'{"cups": [[["a", "b"], [1.0]], [["a"], [1.0, 2.0]], [["b"], [4.0]]], "gone": []}')
    assert list(found) == ["cups"]
    assert [(labels, values) for labels, values in found["cups"]] == [(["b"], [4.0])]


def test_processes_share_files_and_the_dead_are_forgotten(tmp_path: Path) -> None:
    cups = Counter("cups", "Cups.")
    cups.add(1)
    first, second = ProcessMetrics(tmp_path, "server"), ProcessMetrics(tmp_path, "server")
    worker = ProcessMetrics(tmp_path, "worker")
    assert [first.name, second.name, worker.name] == ["server-1", "server-2", "worker-1"]
    second.write()
    cups.add(1)
    found = first.read_all()
    assert {name: snapshot["cups"][0][1] for name, snapshot in found.items()} == {"server-1": [2.0], "server-2": [1.0]}
    written = next((tmp_path / "run").glob("metrics-*-server-2.json"))
    assert written.stat().st_mode & 0o777 == 0o600
    # As a process that was killed has left it.
    written.rename(written.with_name(written.name.replace("server-2", "server-9")))
    assert set(first.read_all()) == {"server-1"}
    assert list((tmp_path / "run").glob("metrics-*")) == []


def test_the_number_of_a_dead_process_is_taken_again(tmp_path: Path) -> None:
    held = "import sys, pathlib; from botcafe.kit.process_locks import take_slot; print(take_slot(pathlib.Path(sys.argv[1]), 'x'))"
    command = [sys.executable, "-c", held, str(tmp_path)]
    for _ in range(2):
        assert subprocess.run(command, capture_output=True, check=True, env=dict(os.environ)).stdout == b"1\n"
    assert take_slot(tmp_path, "x") == 1
    assert subprocess.run(command, capture_output=True, check=True, env=dict(os.environ)).stdout == b"2\n"
