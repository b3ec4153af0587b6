"""Backups of PostgreSQL: by its own tools, into an empty database, and never with the password in sight."""

import os
import shutil
import stat
import sys
from pathlib import Path

import psycopg
import pytest

from tests.upkeep.backup.cafes import IS_POSTGRES, run, settings_of
from tests.upkeep.conftest import ClosedCafe

pytestmark = pytest.mark.skipif(not IS_POSTGRES, reason="of PostgreSQL alone")


def tables_of(data: Path) -> int:
    """How many tables the database of a data folder has."""
    with psycopg.connect(settings_of(data)["BOTCAFE_DATABASE_URL"]) as line:
        found = line.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        return int(found[0])


def one_line(ran: object, words: str) -> None:
    """Refused in one line."""
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1), ran.stderr
    assert words in ran.stderr


def test_a_backup_is_read_to_its_end_by_the_tools_of_the_database(closed: ClosedCafe) -> None:
    seen = run(closed.data, "check", closed.file, "--passphrase-file", closed.phrase)
    assert (seen.returncode, seen.stderr) == (0, "")
    assert "is whole" in seen.stdout
    bare = run(closed.data, "check", closed.file, PATH="/nowhere")
    assert bare.returncode == 0
    assert "its own list was not read" in bare.stderr


def test_without_its_tools_the_words_say_which(closed: ClosedCafe, tmp_path: Path) -> None:
    one_line(run(closed.data, "backup", tmp_path / "a.zip", "--without-secret", PATH="/nowhere"), "postgresql-client")
    assert list(tmp_path.iterdir()) == []
    target = tmp_path / "target"
    refused = run(target, "restore", closed.file, "--passphrase-file", closed.phrase, PATH="/nowhere")
    one_line(refused, "pg_restore is not installed here")
    assert not target.exists()


def test_a_database_with_tables_and_another_kind_are_refused(closed: ClosedCafe, tmp_path: Path) -> None:
    words = ("restore", closed.file, "--passphrase-file", closed.phrase)
    address = settings_of(closed.data)["BOTCAFE_DATABASE_URL"]
    before = tables_of(closed.data)
    one_line(run(tmp_path / "a", *words, BOTCAFE_DATABASE_URL=address), "has tables already")
    assert tables_of(closed.data) == before
    one_line(run(tmp_path / "b", *words, BOTCAFE_DATABASE_URL=""), "is of PostgreSQL, and the settings name SQLite")
    assert {path.name for path in tmp_path.rglob("*")} <= {"a", "b", "run", "serving.lock"}


def test_a_failure_of_the_tool_leaves_nothing(closed: ClosedCafe, tmp_path: Path) -> None:
    """Its complaint is told, and both the folder and the database are as they were."""
    tools = tmp_path / "tools"
    tools.mkdir()
    real = shutil.which("pg_restore", path=settings_of(closed.data)["PATH"])
    # All goes well until the last statement.
    script = (
        f"#!/bin/sh\ncase $1 in --list) exec {real} \"$@\";; esac\necho 'pg_restore: error: out of luck' >&2; exit 1\n"
    )
    (tools / "pg_restore").write_text(script)
    (tools / "pg_restore").chmod(0o755)
    target = tmp_path / "target"
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    failed = run(target, "restore", closed.file, "--passphrase-file", closed.phrase, PATH=path)
    one_line(failed, "pg_restore failed: pg_restore: error: out of luck")
    assert not target.exists()
    assert tables_of(target) == 0
    assert run(target, "restore", closed.file, "--passphrase-file", closed.phrase).returncode == 0


def test_a_restore_that_was_killed_after_its_end_is_finished(closed: ClosedCafe, tmp_path: Path) -> None:
    """The database came in by one transaction; only the mark was left."""
    target = tmp_path / "target"
    words = ("restore", closed.file, "--passphrase-file", closed.phrase)
    tools = tmp_path / "tools"
    tools.mkdir()
    real = shutil.which("pg_restore", path=settings_of(closed.data)["PATH"])
    script = f'#!/bin/sh\n{real} "$@" || exit 1\ncase $1 in --list) ;; *) kill -9 $PPID;; esac\n'
    (tools / "pg_restore").write_text(script)
    (tools / "pg_restore").chmod(0o755)
    killed = run(target, *words, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    assert killed.returncode == -9, killed.stderr
    assert (target / "restoring").is_dir()
    assert "was broken off" in run(target, "doctor").stderr
    finished = run(target, *words)
    assert finished.returncode == 0, finished.stderr
    assert "had brought everything in" in finished.stdout
    assert not (target / "restoring").exists()
    seen = run(target, "doctor")
    assert (seen.returncode, seen.stderr) == (0, ""), seen.stdout


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A ``pg_dump`` that writes down how it was called."""
    folder = tmp_path / "recorder"
    folder.mkdir()
    script = f"""#!{sys.executable}
import os, pathlib, sys
pathlib.Path({str(folder / "words")!r}).write_text("\\0".join(sys.argv))
pathlib.Path({str(folder / "password")!r}).write_text(os.environ.get("PGPASSWORD", ""))
sys.stdout.write("a dump")
"""
    (folder / "pg_dump").write_text(script)
    (folder / "pg_dump").chmod(stat.S_IRWXU)
    return folder


def test_the_password_goes_by_the_environment_alone(closed: ClosedCafe, tmp_path: Path, recorder: Path) -> None:
    """Everybody on the machine can read the words of a command."""
    address = settings_of(closed.data)["BOTCAFE_DATABASE_URL"].replace("postgres:@", "postgres:planted-secret@")
    assert "planted-secret" in address
    path = f"{recorder}{os.pathsep}{os.environ['PATH']}"
    made = run(closed.data, "backup", tmp_path / "a.zip", "--without-secret", PATH=path, BOTCAFE_DATABASE_URL=address)
    assert made.returncode == 0, made.stderr
    words = (recorder / "words").read_text()
    assert "--snapshot=" in words
    assert "host=" in words
    assert "planted-secret" not in words
    assert (recorder / "password").read_text() == "planted-secret"
