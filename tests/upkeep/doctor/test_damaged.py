"""A database of which some pages are damaged: said in words, and nothing is written into it."""

import shutil
from pathlib import Path

import pytest

from tests.upkeep.backup.cafes import IS_POSTGRES, run
from tests.upkeep.conftest import ClosedCafe


@pytest.mark.skipif(IS_POSTGRES, reason="the pages of SQLite are ours to look at")
def test_damaged_pages_are_found_and_no_backup_hides_them(closed: ClosedCafe, tmp_path: Path) -> None:
    data = closed.copy(tmp_path / "data")
    assert not list(data.glob("*-wal")), "the copy of the file is the database"
    file = data / "botcafe.sqlite3"
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2 : len(damaged) // 2 + 100_000] = b"\xff" * 100_000
    file.write_bytes(damaged)
    for options in ((), ("--fix",)):
        seen = run(data, "doctor", *options)
        assert seen.returncode == 1
        assert "Traceback" not in seen.stderr
        assert "damaged" in seen.stdout + seen.stderr
    target = tmp_path / "cafe.zip"
    shutil.copy(closed.file, target)
    refused = run(data, "backup", target, "--without-secret", "--force")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "the database is damaged" in refused.stderr
    # The good one is still there.
    assert target.read_bytes() == closed.file.read_bytes()
