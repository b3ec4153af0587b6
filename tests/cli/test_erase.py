"""``botcafe erase``: asks, erases at once, and refuses what it must."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import served


def erase(data: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command, with something on its standard input."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_") or k == "BOTCAFE_DATABASE_URL"}
    environment |= {"BOTCAFE_DATA": str(data), "BOTCAFE_BCRYPT_ROUNDS": "4"}
    command = [sys.executable, "-m", "botcafe.cli.main", "erase", *words]
    return subprocess.run(
        command, env=environment, input=typed, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("BOTCAFE_TEST_DATABASE") == "postgresql", reason="reads the bytes of the files of SQLite"
)
def test_an_account_is_erased_beside_a_café_that_serves(tmp_path: Path) -> None:
    data, mark = tmp_path / "data", "zinnwaldit"
    with served(data) as cafe:
        admin = cafe.sign_up("erase-admin@cafe.test")
        token = cafe.sign_up(f"{mark}@cafe.test")
        bot = {"name": mark, "slug": mark, "system_prompt": f"You like {mark}.", "creator_display_name": mark}
        assert cafe.ask("POST", "/api/bot", bot, token)[0] == 201
        only = erase(data, "erase-admin@cafe.test", "--yes")
        assert (only.returncode, only.stderr.count("only account that runs this café")) == (1, 1)
        unknown = erase(data, "nobody@cafe.test", "--yes")
        assert (unknown.returncode, unknown.stderr) == (1, "botcafe: There is no account nobody@cafe.test.\n")
        unsure = erase(data, f"{mark}@cafe.test", typed="no\n")
        assert (unsure.returncode, unsure.stderr) == (1, "botcafe: Nothing was erased.\n")
        assert cafe.ask("GET", "/api/users/me", token=token)[1]["user"]["email"] == f"{mark}@cafe.test"
        done = erase(data, f"{mark}@cafe.test", typed=f"{mark}@cafe.test\n")
        assert done.returncode == 0
        assert "bot: 1\n" in done.stdout
        assert cafe.ask("GET", "/api/users/me", token=token)[1]["user"] is None
        assert cafe.ask("GET", "/api/users/me", token=admin)[1]["user"]["email"] == "erase-admin@cafe.test"
    left = [str(path) for path in data.rglob("*") if path.is_file() and mark.encode() in path.read_bytes()]
    assert left == []
