"""A real Payload server's recorded answers, asked of ours over HTTP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import served

ORACLE = Path(__file__).resolve().parent.parent / "oracle"


@pytest.mark.slow
def test_every_recorded_question_gets_the_recorded_answer(tmp_path: Path) -> None:
    """Seed, replay, compare: only what deviations.tsv explains may differ."""
    with served(tmp_path / "data", BOTCAFE_CONSENT="off") as server:
        environment = {**os.environ, "ORACLE_PORT": str(server.port)}
        seeding = subprocess.run(
            [sys.executable, str(ORACLE / "seed.py")], env=environment, capture_output=True, text=True, check=False
        )
        assert seeding.returncode == 0, seeding.stdout + seeding.stderr
        command = [sys.executable, str(ORACLE / "replay.py"), "--port", str(server.port)]
        command += [
            "--deviations",
            str(ORACLE / "deviations.tsv"),
            "--extra",
            (ORACLE / "extra.txt").read_text().strip(),
        ]
        replay = subprocess.run(command, capture_output=True, text=True, check=False)
    assert replay.returncode == 0, replay.stdout
    assert "same" in replay.stdout
