"""Bringing a backup back: into an empty folder, whole or not at all."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from django.conf import settings

from botcafe.upkeep.backup import restore
from botcafe.upkeep.backup.errors import BackupError
from botcafe.upkeep.backup.restore import restore_backup
from tests.live import served
from tests.upkeep.backup.cafes import BACKUP_PHRASE, IS_POSTGRES, run, settings_of
from tests.upkeep.backup.progress import SILENT
from tests.upkeep.conftest import ClosedCafe

ONE_DATABASE = pytest.mark.skipif(IS_POSTGRES, reason="the folder is the same with both; one database is enough")
pytestmark = ONE_DATABASE


def names(folder: Path) -> set[str]:
    """All that lies in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


class StopError(Exception):
    """The machine stops here."""


MOVES = ["_unpack", "_write_secrets", "_move_into_place", "sync_folder", "_end"]


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("words", [(), ("--passphrase-file", "wrong.txt"), ("--passphrase-file", "missing.txt")])
def test_a_refused_restore_leaves_the_folder_as_it_was(
    closed: ClosedCafe, tmp_path: Path, words: tuple[str, ...], is_there: bool
) -> None:
    """With a trace of it, a new café would not start there: it would be taken for one that has lost its secret."""
    target = tmp_path / "target"
    if is_there:
        target.mkdir()
    (tmp_path / "wrong.txt").write_text("this is not the passphrase\n")
    refused = run(target, "restore", closed.file, *words, folder=tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert target.exists() is is_there
    assert names(target) == set()


@pytest.mark.parametrize("place", MOVES)
def test_a_failure_anywhere_leaves_the_folder_empty(
    closed: ClosedCafe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """But after the last move, when all is there."""
    target = tmp_path / "target"

    def stop(*arguments: object) -> None:
        raise StopError

    monkeypatch.setattr(restore, place, stop)
    with pytest.raises(StopError):
        restore_backup(closed.file, target, BACKUP_PHRASE, SILENT)
    if place != "_end":
        assert names(target) == set()
    monkeypatch.undo()
    restore_backup(closed.file, target, BACKUP_PHRASE, SILENT)
    assert "botcafe.sqlite3" in names(target)
    assert settings.RESTORING not in names(target)


def test_a_kill_at_any_moment_leaves_nothing_that_opens(closed: ClosedCafe, tmp_path: Path) -> None:
    """SIGKILL between any two of the moves; the next restore begins anew and brings all."""
    script = """
import os, signal, sys
from pathlib import Path
from botcafe.config.environment import do_without_secret
do_without_secret()
import django; django.setup()
from botcafe.upkeep.backup import restore
from tests.upkeep.backup.progress import SILENT
left = int(sys.argv[1])
rename = Path.rename
def killing(self, target):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return rename(self, target)
Path.rename = killing
restore.restore_backup(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], SILENT)
"""
    target = tmp_path / "target"
    environment = settings_of(target) | {"DJANGO_SETTINGS_MODULE": "botcafe.config.settings"}
    for moves in (0, 1, 2):
        command = [sys.executable, "-c", script, str(moves), str(closed.file), str(target), BACKUP_PHRASE]
        killed = subprocess.run(command, env=environment, check=False, capture_output=True, timeout=60)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert (target / settings.RESTORING).is_dir()
        assert not (target / "botcafe.sqlite3").exists()
    refused = run(target, "serve")
    assert refused.returncode == 2
    assert "was broken off. Run `botcafe restore` again" in refused.stderr
    restored = run(target, "restore", closed.file, "--passphrase-file", closed.phrase)
    assert restored.returncode == 0, restored.stderr
    assert {"botcafe.sqlite3", "media", "secret"} <= names(target)
    assert settings.RESTORING not in names(target)


@pytest.mark.parametrize("name", ["secret", "botcafe.sqlite3", "media", "notes.txt"])
def test_a_folder_with_anything_in_it_is_refused(closed: ClosedCafe, tmp_path: Path, name: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / name).write_text("precious")
    with pytest.raises(BackupError, match=f"is not empty \\({name}\\)"):
        restore_backup(closed.file, target, BACKUP_PHRASE, SILENT)
    assert names(target) == {name}
    assert (target / name).read_text() == "precious"


def test_what_was_put_beside_a_broken_off_restore_stays(closed: ClosedCafe, tmp_path: Path) -> None:
    """Such as the backup itself."""
    target = tmp_path / "target"
    (target / settings.RESTORING).mkdir(parents=True)
    (target / "secret").write_text("of the restore that was broken off")
    own = target / "cafe.zip"
    own.write_bytes(closed.file.read_bytes())
    with pytest.raises(BackupError, match=r"is not empty \(cafe.zip\)"):
        restore_backup(own, target, BACKUP_PHRASE, SILENT)
    assert names(target) == {"cafe.zip"}


def test_an_open_cafe_is_refused(closed: ClosedCafe, tmp_path: Path) -> None:
    data = closed.copy(tmp_path / "data")
    with served(data) as server:
        refused = run(data, "restore", closed.file, "--passphrase-file", closed.phrase)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert "Stop `botcafe serve`" in refused.stderr
        assert server.ask("GET", "/readyz") == (200, b"ready\n")


def test_the_other_database_is_refused(closed: ClosedCafe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked of it."""
    monkeypatch.setattr(restore, "connection", type("Other", (), {"vendor": "oracle"}))
    with pytest.raises(BackupError, match="this backup is of SQLite"):
        restore_backup(closed.file, tmp_path / "target", BACKUP_PHRASE, SILENT)
    assert names(tmp_path) == set()


def test_a_restored_cafe_is_the_same_and_private(closed: ClosedCafe, tmp_path: Path) -> None:
    target = tmp_path / "target"
    restored = run(target, "restore", closed.file, "--passphrase-file", closed.phrase, "--json")
    assert restored.returncode == 0, restored.stderr
    assert [line.partition(",")[0] for line in restored.stdout.splitlines()][-1] == '{"step":"restore"'
    assert names(target) - {"run", "run/serving.lock"} == {
        name for name in names(closed.data) if not name.startswith(("run", "spool", "replies", "botcafe.sqlite3-"))
    }
    for path in (target, *target.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    for data in (closed.data, target):
        with sqlite3.connect(data / "botcafe.sqlite3") as database:
            assert database.execute("SELECT COUNT(*), MAX(entry) FROM companions_message").fetchone()[0] == 2


def test_a_full_disk_leaves_no_file_and_no_traceback(closed: ClosedCafe, tmp_path: Path) -> None:
    """A limit on the size of files, which the kernel keeps as it keeps a full disk."""
    script = (
        "import resource, signal, sys; from botcafe.cli.main import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); sys.exit(main(sys.argv[1:]))"
    )
    data = closed.copy(tmp_path / "data")
    words = ["backup", str(tmp_path / "cafe.zip"), "--passphrase-file", str(closed.phrase)]
    # Coverage writes a file of its own, which would be full, too.
    environment = {name: value for name, value in settings_of(data).items() if not name.startswith("COVERAGE_")}
    failed = subprocess.run(
        [sys.executable, "-c", script, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1), failed.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_an_unwritable_place_and_one_that_is_taken_are_told(closed: ClosedCafe, tmp_path: Path) -> None:
    taken = tmp_path / "taken.zip"
    taken.write_text("precious")
    for place, words in (
        (taken, "--force"),
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "a.zip", "cannot be written"),
    ):
        refused = run(closed.data, "backup", place, "--without-secret")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert words in refused.stderr
    assert taken.read_text() == "precious"
    assert run(closed.data, "backup", taken, "--without-secret", "--force").returncode == 0
    assert taken.read_bytes()[:2] == b"PK"


def test_a_backup_that_is_asked_to_end_leaves_nothing(closed: ClosedCafe, tmp_path: Path) -> None:
    """SIGTERM while it waits for the bytes of a picture that never come."""
    data = closed.copy(tmp_path / "data")
    picture = next(path for path in (data / "media").rglob("*") if path.is_file())
    picture.unlink()
    os.mkfifo(picture)
    command = [sys.executable, "-m", "botcafe.cli.main", "backup", str(tmp_path / "a.zip"), "--without-secret"]
    with subprocess.Popen(command, env=settings_of(data), stderr=subprocess.PIPE) as backup:
        ends_at = time.monotonic() + 60
        while not list(tmp_path.glob(".a.zip.*/backup")) and time.monotonic() < ends_at:
            time.sleep(0.05)
        backup.terminate()
        _, complaint = backup.communicate(timeout=30)
    assert (backup.returncode, complaint) == (130, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_picture_that_is_gone_is_named_and_is_no_failure(closed: ClosedCafe, tmp_path: Path) -> None:
    data = closed.copy(tmp_path / "data")
    picture = next(path for path in (data / "media").rglob("*") if path.is_file())
    picture.unlink()
    made = run(data, "backup", tmp_path / "a.zip", "--without-secret", "--json")
    assert made.returncode == 0
    assert f"accounts.Media 1: {picture.name}" in made.stderr
    steps = [orjson.loads(line) for line in made.stdout.splitlines()]
    assert [step["step"] for step in steps] == ["copy", "database", "media", "backup"]
    assert all(step["bytes_per_second"] >= 0 and step["done"] <= step["total"] for step in steps[:-1])
    assert steps[-1]["missing"] == [f"accounts.Media 1: {picture.name}"]
    assert run(data, "check", tmp_path / "a.zip").returncode == 0


def test_a_backup_of_an_older_version_is_brought_up_to_date(closed: ClosedCafe, tmp_path: Path) -> None:
    """By a command of its own, as everywhere."""
    data, file, target = closed.copy(tmp_path / "data"), tmp_path / "old.zip", tmp_path / "target"
    with sqlite3.connect(data / "botcafe.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        database.execute("DROP TABLE django_session")
    database.close()
    assert run(data, "backup", file, "--passphrase-file", closed.phrase).returncode == 0
    restored = run(target, "restore", file, "--passphrase-file", closed.phrase)
    assert restored.returncode == 0, restored.stderr
    assert "run `botcafe migrate` next" in restored.stdout
    assert run(target, "migrate").returncode == 0
    assert run(target, "doctor", "--no-vectors").returncode == 0
