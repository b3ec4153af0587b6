"""Bring a backup into an empty data folder: whole, or not at all, whenever the machine stops."""

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection

from botcafe.upkeep.backup import postgres_dump
from botcafe.upkeep.backup.archive import ArchiveReader, open_archive, writing
from botcafe.upkeep.backup.cafe_secrets import CafeSecrets
from botcafe.upkeep.backup.check import CheckedBackup, check_backup, refuse_without_room
from botcafe.upkeep.backup.create import sync_folder
from botcafe.upkeep.backup.errors import BackupError
from botcafe.upkeep.backup.manifest import MANIFEST_NAME, SECRETS_NAME, Manifest
from botcafe.upkeep.query import ask_database
from botcafe.upkeep.steps import Steps

DATABASE_NAME = "botcafe.sqlite3"
_MOVED = ("media", "spool", "master-keys", "secret")
# Marks of processes, and what a file system puts into each of its roots.
_NOT_OURS = {"run", "lost+found"}
_ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def restore_backup(path: Path, data: Path, phrase: str | None, steps: Steps) -> CheckedBackup | None:
    """Check a backup, unpack it beside its place, and move it there. Nobody may serve from the folder.

    The caller's umask makes all of it the owner's alone. None where one that was broken off had ended but for its mark. Raises BackupError, and changes nothing then.
    """
    if _finish_broken_off(data):
        return None
    _refuse_full(data)
    checked = check_backup(path, phrase, steps)
    _refuse_other_engine(checked.manifest)
    staging = data / settings.RESTORING
    with writing(data):
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        data.chmod(0o700)
        staging.mkdir(mode=0o700)
    try:
        refuse_without_room(data, checked.manifest.size)
        steps.grow(path.stat().st_size + checked.manifest.size)
        with open_archive(path, steps) as reader:
            _unpack(reader, staging, steps)
        _write_secrets(staging, checked.secrets)
        _move_into_place(staging, data, checked.manifest, steps)
    except BaseException:
        _clear(data)
        raise
    _end(staging)
    return checked


def _refuse_full(data: Path) -> None:
    there = sorted({each.name for each in data.iterdir()} - _NOT_OURS) if data.exists() else []
    if there:
        raise BackupError(
            f"{data} is not empty ({', '.join(there[:5])}): a backup is restored into an empty folder only. Give another "
            "one as BOTCAFE_DATA, or move away what lies there. Nothing was changed"
        )
    if connection.vendor == "postgresql" and connection.introspection.table_names():
        raise BackupError(
            "the database that BOTCAFE_DATABASE_URL names has tables already: a backup is restored into an empty one only. "
            "Make a new one (`createdb`), and name that. Nothing was changed"
        )


def _refuse_other_engine(manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        how = {"sqlite": "unset BOTCAFE_DATABASE_URL", "postgresql": "name an empty PostgreSQL in BOTCAFE_DATABASE_URL"}
        raise BackupError(
            f"this backup is of {_ENGINES[manifest.engine]}, and the settings name {_ENGINES.get(connection.vendor)}: "
            f"{how[manifest.engine]}. Nothing was changed"
        )


def _unpack(reader: ArchiveReader, staging: Path, steps: Steps) -> None:
    with steps.step("unpack") as advance:
        for file in reader.manifest.files:
            if file.name == SECRETS_NAME:
                continue
            place = staging / file.name
            with writing(place):
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                target = place.open("xb")
            # Closing writes what is left.
            with writing(place), target:
                reader.copy(file, target, advance)
                target.flush()
                os.fsync(target.fileno())
    _write_private(staging / MANIFEST_NAME, reader.manifest.as_json())


def _write_secrets(staging: Path, secrets: CafeSecrets | None) -> None:
    if secrets is not None:
        _write_private(staging / "secret", secrets.secret.encode())
        if secrets.master_keys:
            _write_private(staging / "master-keys", "\n".join(secrets.master_keys).encode())


def _write_private(path: Path, text: bytes) -> None:
    with writing(path), path.open("xb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _move_into_place(staging: Path, data: Path, manifest: Manifest, steps: Steps) -> None:
    """The database last: as long as the folder beside it is there, nothing opens this café."""
    with writing(data):
        for name in _MOVED:
            if (staging / name).exists():
                (staging / name).rename(data / name)
        sync_folder(data)
        if manifest.engine == "sqlite":
            (staging / manifest.database.name).rename(data / DATABASE_NAME)
            sync_folder(data)
    if manifest.engine == "postgresql":
        with steps.step("database"):
            postgres_dump.restore_dump(staging / manifest.database.name)


def _finish_broken_off(data: Path) -> bool:
    """Take away what a restore that was broken off has left; True where it had brought everything in."""
    staging = data / settings.RESTORING
    if not staging.exists():
        return False
    if connection.vendor == "postgresql" and connection.introspection.table_names():
        _refuse_unless_same(staging)
        _end(staging)
        return True
    _clear(data)
    return False


def _refuse_unless_same(staging: Path) -> None:
    """Raises BackupError where the tables of the database are not those of the backup that was being brought in."""
    try:
        manifest = Manifest.read((staging / MANIFEST_NAME).read_bytes())
    except OSError:
        manifest = None
    # Django's own list lacks partitions.
    tables = set(postgres_dump.list_tables(ask_database))
    if manifest is None or not manifest.counts.keys() <= tables:
        raise BackupError(
            f"a restore into {staging.parent} was broken off, and the database has other tables by now. Give an empty "
            "folder and an empty database. Nothing was changed"
        )


def _clear(data: Path) -> None:
    """Take away what was moved; the mark goes last, as without it the rest would be taken for a café.

    What else lies there was put there since, perhaps the backup itself, and stays.
    """
    for path in (data / name for name in (*_MOVED, DATABASE_NAME)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    shutil.rmtree(data / settings.RESTORING)


def _end(staging: Path) -> None:
    shutil.rmtree(staging)
    sync_folder(staging.parent)
