"""``botcafe bench faults`` with small counts: that it finds what it looks for, not how fast the machine is."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from botcafe.cli.bench.faults.figures import FaultFigures, lost_words

SMALL = ("--kills", "2", "--drains", "2", "--pauses", "1", "--bodies-mb", "8", "--reads", "1")


def bench(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the bench, apart from the settings of the tests."""
    command = [sys.executable, "-m", "botcafe.cli.main", "bench", "faults", *options]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)


@pytest.mark.slow
def test_each_kind_is_measured_and_nothing_is_lost(tmp_path: Path) -> None:
    ran = bench(*SMALL, "--json", str(tmp_path / "faults.json"))
    assert ran.returncode in {0, 1}, ran.stderr
    found = orjson.loads((tmp_path / "faults.json").read_bytes())["faults"]
    assert [each["times"] for each in found[:3]] == [2, 2, 1]
    assert len(found) == 5
    for each in found:
        assert each["what"] in ran.stdout
        assert each["measured"]
        # Times are the machine's: what is lost or stuck is not.
        assert [each[name] for name in ("lost", "stuck", "server_errors", "tracebacks")] == [0, 0, 0, 0], each
    assert ran.returncode == (0 if all(each["is_met"] for each in found) else 1)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "botcafe.sqlite3").write_bytes(b"precious")
    refused = bench("--keep", str(tmp_path))
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"precious"]


@pytest.mark.parametrize(
    ("shown", "kept", "lost"),
    [("one two", "one two three", 0), ("one two three", "one two", 1), ("one two three", "", 3), ("tea", "tee", 1)],
)
def test_words_that_are_gone_are_counted(shown: str, kept: str, lost: int) -> None:
    assert lost_words(shown, kept) == lost
    figures = FaultFigures("a fault")
    figures.count_loss(lost_words(shown, kept), "a reply")
    assert figures.is_met == (lost == 0)
