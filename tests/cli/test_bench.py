"""``botcafe bench rest`` on little data: what it tells, not how fast the machine is."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.needs import needs_program

NEEDS_WRK = needs_program("wrk", "wrk")


def bench(*options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the bench for a second a request, over few rows."""
    small = ("--users", "3", "--messages", "60", "--seconds", "1", "--rounds", "1")
    command = [sys.executable, "-m", "botcafe.cli.main", "bench", "rest", *small, *options]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_")} | settings
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)


def check_server(server: dict[str, Any]) -> None:
    """Figures for each request, and none of them failed."""
    assert sorted(server["requests"]) == ["a", "b", "c", "d", "e"]
    for figures in server["requests"].values():
        assert figures["errors"] == 0
        assert figures["per_second"] > 0
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
        assert figures["answer_bytes"] > 100
        if sys.platform == "linux":
            assert figures["cpu_ms"] > 0
    if sys.platform == "linux":
        assert server["processes"] >= 1
        assert server["resident_mb"] > server["own_mb"] > 0


@pytest.mark.slow
@NEEDS_WRK
def test_alone_it_compares_with_recorded_figures_and_says_so(tmp_path: Path) -> None:
    """And keeps the data, and leaves the operator's own folder alone."""
    own, kept = tmp_path / "own", tmp_path / "kept"
    ran = bench("--keep", str(kept), "--json", "-", BOTCAFE_DATA=str(own))
    assert ran.returncode == 0, ran.stderr
    told = orjson.loads(ran.stdout)
    assert told["options"] == {"users": 3, "messages": 60, "seconds": 1, "rounds": 1, "connections": 16}
    check_server(told["servers"]["botcafe"])
    assert told["servers"]["botcafe"]["first_answer_seconds"] > 0
    assert told["compared_with"] == {"base": "recorded", "is_measured": False}
    assert told["ratios"]["a"]["other_per_second"] == 73.0
    assert [told["ratios"][letter]["goal"] for letter in "abcde"] == [20, 14, 5, 9, 9]
    assert "recorded, not measured here" in ran.stderr
    assert (kept / "botcafe.sqlite3").exists()
    assert not own.exists()


@pytest.mark.slow
@NEEDS_WRK
def test_beside_another_server_both_are_measured(tmp_path: Path) -> None:
    """The other server is one of ours: the ratios are there, and come from this run."""
    from botcafe.cli.bench import data
    from botcafe.cli.bench.server_process import run_server

    data.prepare_data(tmp_path / "other", 3, 60)
    with run_server(tmp_path / "other") as other:
        ran = bench("--against", other.base, "--json", str(tmp_path / "told.json"))
    assert ran.returncode == 0, ran.stderr
    told = orjson.loads((tmp_path / "told.json").read_bytes())
    check_server(told["servers"]["botcafe"])
    check_server(told["servers"]["other"])
    assert told["compared_with"] == {"base": other.base, "is_measured": True}
    assert told["ratios"]["c"]["other_per_second"] == told["servers"]["other"]["requests"]["c"]["per_second"]
    assert "recorded" not in ran.stdout + ran.stderr


@NEEDS_WRK
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    """Such as an installation's own data."""
    (tmp_path / "botcafe.sqlite3").write_bytes(b"precious")
    refused = bench("--keep", str(tmp_path))
    assert refused.returncode == 1
    assert "not a bench's" in refused.stderr
    assert (tmp_path / "botcafe.sqlite3").read_bytes() == b"precious"


@NEEDS_WRK
@pytest.mark.slow
def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    """In a sentence."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
        refused = bench("--against", base)
    assert refused.returncode == 1
    assert f"{base} does not answer" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_the_load_tool_it_names_the_package(tmp_path: Path) -> None:
    """Before it makes any data."""
    refused = bench(PATH=str(tmp_path))
    assert refused.returncode == 2
    assert "apt-get install wrk" in refused.stderr
