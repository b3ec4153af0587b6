"""Read a backup to its end: every byte, the database, and (with the passphrase) the secrets."""

import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

from botcafe.cms.db.migrations import newer_migrations
from botcafe.kit.secrets import KeyRing, SecretError
from botcafe.upkeep.backup import postgres_dump, sqlite_copy
from botcafe.upkeep.backup.archive import ArchiveReader, open_archive, writing
from botcafe.upkeep.backup.cafe_secrets import CafeSecrets, open_secrets
from botcafe.upkeep.backup.errors import BackupError
from botcafe.upkeep.backup.manifest import Manifest
from botcafe.upkeep.query import list_migrations
from botcafe.upkeep.sealed_tokens import list_unopenable
from botcafe.upkeep.steps import Steps


@dataclass(frozen=True, slots=True)
class CheckedBackup:
    """A whole backup; ``secrets`` where they were opened, ``notes`` for people."""

    manifest: Manifest
    secrets: CafeSecrets | None
    notes: tuple[str, ...]


def check_backup(path: Path, phrase: str | None, steps: Steps) -> CheckedBackup:
    """Read a backup, and write nowhere but into a temporary folder. Raises BackupError for what is not as it was made."""
    steps.grow(path.stat().st_size if path.is_file() else 0)
    with open_archive(path, steps) as reader, tempfile.TemporaryDirectory(prefix="botcafe-check-") as folder:
        steps.grow(reader.manifest.size)
        _refuse_newer(reader.manifest)
        # Before the long part: a wrong passphrase is told at once.
        secrets = open_secrets(reader.read_secrets(), phrase) if phrase and reader.manifest.has_secrets else None
        copy = Path(folder) / "database"
        _read_files(reader, copy, steps)
        with steps.step("database"):
            notes = _check_database(copy, reader.manifest, secrets)
        return CheckedBackup(reader.manifest, secrets, notes)


def _refuse_newer(manifest: Manifest) -> None:
    newer = newer_migrations(manifest.migrations)
    if newer:
        raise BackupError(
            f"it is of a newer version of BotCafé ({manifest.version}): this one does not know {newer[-1]}. Install that version"
        )


def refuse_without_room(folder: Path, size: int, advice: str = "") -> None:
    """Raises BackupError where the disk of a folder has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise BackupError(
            f"{folder} has no room: {size / 2**20:,.0f} MB are needed, {free / 2**20:,.0f} are free{advice}"
        )


def _read_files(reader: ArchiveReader, copy: Path, steps: Steps) -> None:
    refuse_without_room(copy.parent, reader.manifest.database.size, "; TMPDIR names another folder")
    with steps.step("files") as advance:
        for file in reader.manifest.files:
            if file != reader.manifest.database:
                reader.copy(file, None, advance)
                continue
            with writing(copy):
                target = copy.open("wb")
            with target:
                reader.copy(file, target, advance)


def _check_database(copy: Path, manifest: Manifest, secrets: CafeSecrets | None) -> tuple[str, ...]:
    if manifest.engine == "postgresql":
        return _check_dump(copy)
    try:
        if problem := sqlite_copy.check_integrity(copy, thorough=True):
            raise BackupError(f"the database in it is damaged: {problem}")
        return _check_rows(copy, manifest, secrets)
    except sqlite3.Error as error:
        raise BackupError(f"the database in it cannot be read: {error}") from None


def _check_dump(copy: Path) -> tuple[str, ...]:
    if not postgres_dump.has_tool("pg_restore"):
        return ("pg_restore is not installed here: the dump is the one that was made, but its own list was not read.",)
    if not postgres_dump.list_dump(copy):
        raise BackupError("the dump in it is empty")
    return ()


def _check_rows(copy: Path, manifest: Manifest, secrets: CafeSecrets | None) -> tuple[str, ...]:
    with sqlite_copy.open_copy(copy) as query:
        tables = sqlite_copy.list_tables(query)
        # Before anything is asked of a table by its name.
        if set(tables) != manifest.counts.keys():
            raise BackupError("the database in it has other tables than its list of contents tells")
        if list_migrations(query) != manifest.migrations:
            raise BackupError("the database in it is of another version than its list of contents tells")
        if foreign := sqlite_copy.list_foreign_actions(query):
            raise BackupError(f"the database in it has a trigger or view that is not BotCafé's: {foreign[0][:80]!r}")
        for table in tables:
            count = int(str(query(f'SELECT COUNT(*) FROM "{table}"')[0][0]))
            if count != manifest.counts.get(table):
                raise BackupError(f"{table} in it has {count} rows, and {manifest.counts.get(table)} were counted")
        if secrets is None:
            return ()
        try:
            closed = list(list_unopenable(query, KeyRing.from_base64(secrets.ring)))
        except SecretError as error:
            raise BackupError(f"its secrets are no master keys: {error}") from None
    return (f"Its secrets do not open {', '.join(closed[:10])}.",) if closed else ()
