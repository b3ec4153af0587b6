"""A backup of a busy café, brought to another machine: everything is there, and the doctor finds nothing."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import served
from tests.upkeep.backup.cafes import IS_POSTGRES, busy_cafe, phrase_file, run, run_as

NOBODY = 65534


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that every user of the machine can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="botcafe-moved-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103
        yield Path(folder)


def test_a_backup_of_a_busy_cafe_is_all_of_it_on_another_machine(tmp_path: Path, elsewhere: Path) -> None:
    """By another user, into a folder of theirs, where the tests may change users."""
    file, phrase = elsewhere / "cafe.zip", phrase_file(elsewhere)
    with busy_cafe(tmp_path / "data") as (cafe, server):
        # What is under way is no fault.
        seen = run(cafe.data, "doctor", "--no-vectors")
        assert seen.returncode == 0, seen.stdout
        made = run(cafe.data, "backup", file, "--passphrase-file", phrase)
        assert made.returncode == 0, made.stderr
        states = server.ask("GET", "/api/generations?depth=0&limit=100", None, cafe.token)[1]["docs"]
        assert {row["state"] for row in states} >= {"streaming"}, "the replies ended before the backup did"
        server.kill()
    assert file.stat().st_mode & 0o777 == 0o600
    target = elsewhere / "data"
    target.mkdir()
    words = ("restore", file, "--passphrase-file", phrase)
    # The socket of the tests' PostgreSQL is its starter's alone.
    if os.geteuid() == 0 and not IS_POSTGRES:
        os.chown(target, NOBODY, NOBODY)
        os.chown(file, NOBODY, NOBODY)
        restored = run_as(NOBODY, target, file, *words)
        assert {path.stat().st_uid for path in target.rglob("*")} == {NOBODY}, restored.stderr
    else:
        restored = run(target, *words)
    assert restored.returncode == 0, restored.stderr
    modes = {path.name: path.stat().st_mode & 0o777 for path in (target, *target.iterdir())}
    assert set(modes.values()) <= {0o600, 0o700}
    assert {"media", "secret"} <= set(modes)
    seen = run(target, "doctor")
    assert (seen.returncode, seen.stderr) == (0, ""), seen.stdout
    assert "Nothing was wrong." in seen.stdout
    with served(target, BOTCAFE_REHEARSAL_PACE="0") as server:
        cafe.check(server)
