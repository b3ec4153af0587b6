"""What people write is for nobody else on the machine."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.live import copy_new_cafe, served


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_data_folder_and_all_in_it_are_its_owners(tmp_path: Path) -> None:
    folder = tmp_path / "cafe"
    folder.mkdir(mode=0o755)
    with served(folder, from_nothing=True) as cafe:
        cafe.sign_up("alice@cafe.test")
        assert mode(folder) == 0o700
        assert {mode(each) for each in folder.iterdir()} <= {0o600, 0o700}


@pytest.mark.skipif(os.environ.get("BOTCAFE_TEST_DATABASE") == "postgresql", reason="snapshots are of SQLite")
def test_a_migration_makes_nothing_that_others_may_read(tmp_path: Path) -> None:
    """Also where the folder lies open, and the snapshots in it."""
    folder = tmp_path / "cafe"
    copy_new_cafe(folder)
    folder.chmod(0o755)
    with closing(sqlite3.connect(folder / "botcafe.sqlite3")) as database, database:
        database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        database.execute("DROP TABLE django_session")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_")} | {"BOTCAFE_DATA": str(folder)}
    command = [sys.executable, "-m", "botcafe.cli.main", "migrate"]
    subprocess.run(command, env=environment, check=True, capture_output=True, umask=0o022)
    (snapshot,) = (folder / "snapshots").iterdir()
    assert (mode(folder / "snapshots"), mode(snapshot)) == (0o700, 0o600)
