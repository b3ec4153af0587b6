"""A server that could not start its threads says so, and does not begin."""

import os
import resource
import subprocess
import sys
from pathlib import Path

from tests.live import free_port


def test_too_small_an_address_space_is_refused_in_words(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOTCAFE_")}
    environment |= {"BOTCAFE_DATA": str(data), "BOTCAFE_PORT": str(free_port())}
    command = [sys.executable, "-m", "botcafe.cli.main", "serve", "--no-jobs"]
    limit = 600_000 << 10

    def set_limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    refused = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60, preexec_fn=set_limit
    )
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert line.startswith("botcafe: a process may have 585 MB of addresses here (ulimit -v)")
    assert not list(data.glob("*.sqlite3"))
