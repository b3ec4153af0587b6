"""A process may die at any moment: nothing is half there, and the next run completes it."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.payload_import.old_database import add, fill, make
from tests.cli.payload_import.test_file_contents import picture

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
DRIVE = Path(__file__).with_name("drive.py")
CHANCE = {"storage_key", "key", "sharing_settings_share_password", "applied"}
"""Columns that differ from run to run: random keys, and secrets sealed with random salt."""


class Cafe:
    """An installation in a folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "BOTCAFE_DATA": str(self.data), "PYTHONPATH": str(ROOT)}
        environment["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
        return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)

    def bring(self, old: Path, folder: Path, moment: int = 0) -> subprocess.CompletedProcess[str]:
        return self.python(str(DRIVE), str(old), str(folder), str(moment))

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        connection = sqlite3.connect(self.data / "botcafe.sqlite3")
        names = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        found = {}
        for name in names:
            columns = [r[1] for r in connection.execute(f'PRAGMA table_info("{name}")') if r[1] not in CHANCE]
            listed = ", ".join(f'"{c}"' for c in columns)
            found[name] = sorted(connection.execute(f'SELECT {listed} FROM "{name}"'), key=repr)
        connection.close()
        return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Cafe(tmp_path_factory.mktemp("empty"))
    done = made.python("-m", "django", "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    return made.data


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "old.db"
    connection = make(path)
    fill(connection, messages=2500)
    for row in (6, 8):
        add(connection, "media", id=row, user_id=3, filename=f"{row}.png", mime_type="image/png", filesize=1, url="-")
    connection.commit()
    connection.close()
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files")
    for name in ("cup", "6", "8"):
        (path / f"{name}.png").write_bytes(picture())
    return path


@pytest.fixture(scope="module")
def undisturbed(empty: Path, old: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cafe, int]:
    made = Cafe(tmp_path_factory.mktemp("calm") / "data")
    shutil.copytree(empty, made.data)
    done = made.bring(old, folder)
    assert done.returncode == 0, done.stderr
    return made, int(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("tenths", [0, 3, 6, 9, -5, -3, -1])
def test_after_a_kill_a_second_run_gives_the_same_rows(
    empty: Path, old: Path, folder: Path, undisturbed: tuple[Cafe, int], tmp_path: Path, tenths: int
) -> None:
    calm, writes = undisturbed
    moment = max(1, (writes - 6) * tenths // 10) if tenths >= 0 else writes + 1 + tenths
    cafe = Cafe(tmp_path / "data")
    shutil.copytree(empty, cafe.data)
    before = cafe.tables()
    assert cafe.bring(old, folder, moment).returncode == -9
    if moment <= writes - 6:
        assert cafe.tables() == before, "a part of the import is there"
    assert cafe.bring(old, folder).returncode == 0
    assert cafe.tables() == calm.tables()
