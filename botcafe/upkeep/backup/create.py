"""Make a backup while the café serves: the database of one moment, the files that it names, and what is spooled."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection

from botcafe import __version__
from botcafe.gateways.storage import FOLDER as MEDIA
from botcafe.gateways.storage import FolderStorage, Storage, bucket_storage
from botcafe.kit.instants import now
from botcafe.upkeep.backup import postgres_dump, sqlite_copy
from botcafe.upkeep.backup.archive import ArchiveWriter, read_chunks
from botcafe.upkeep.backup.errors import BackupError
from botcafe.upkeep.backup.manifest import DATABASE_NAMES, SECRETS_NAME, Manifest, is_allowed_name
from botcafe.upkeep.query import Query, list_migrations
from botcafe.upkeep.steps import Advance, Steps
from botcafe.upkeep.stored_keys import StoredKey, list_stored_keys

SPOOL = "spool"


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A backup that was made; ``missing`` are files that rows name and that are not there."""

    path: Path
    size: int
    manifest: Manifest

    @property
    def missing(self) -> tuple[str, ...]:
        """Their names, with the rows."""
        return self.manifest.missing


@dataclass(slots=True)
class _Backup:
    """A backup that is being made."""

    data: Path
    archive: ArchiveWriter
    steps: Steps
    spooled: dict[str, bytes] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    migrations: tuple[str, ...] = ()
    stored: list[StoredKey] = field(default_factory=list)

    def add_database(self, folder: Path) -> None:
        """The database, and all that must be read at the same moment."""
        # First: what the database takes from there meanwhile is in the copy.
        self.spooled = dict(_read_spooled(self.data / SPOOL))
        if connection.vendor == "sqlite":
            self._add_sqlite(folder / "copy.sqlite3")
        else:
            self._add_postgres()

    def _add_sqlite(self, copy: Path) -> None:
        path = Path(str(connection.settings_dict["NAME"]))
        size = sqlite_copy.size_of_database(path)
        self.steps.grow(2 * size)
        with self.steps.step("copy") as advance:
            sqlite_copy.copy_database(path, copy, advance)
        if problem := sqlite_copy.check_integrity(copy, thorough=False):
            raise BackupError(f"the database is damaged ({problem}): go back to an older backup")
        with self.steps.step("database") as advance, copy.open("rb") as file:
            self.archive.add(DATABASE_NAMES["sqlite"], read_chunks(file), advance, is_packed=True)
        with sqlite_copy.open_copy(copy) as query:
            self._add_rows(query, sqlite_copy.list_tables(query))
        copy.unlink()

    def _add_postgres(self) -> None:
        with postgres_dump.hold_moment() as (query, moment):
            self.steps.grow(postgres_dump.size_of_database(query))
            with self.steps.step("database") as advance:
                self.archive.add(DATABASE_NAMES["postgresql"], postgres_dump.dump_chunks(moment), advance)
            self._add_rows(query, postgres_dump.list_tables(query))

    def _add_rows(self, query: Query, tables: list[str]) -> None:
        """What the rows of the copy say: how many they are, and which files they name."""
        if "django_migrations" not in tables:
            raise BackupError("the database has no tables: there is nothing to back up")
        self.counts = {table: int(str(query(f'SELECT COUNT(*) FROM "{table}"')[0][0])) for table in tables}
        self.migrations = list_migrations(query)
        self.stored = list(list_stored_keys(query))

    def add_media(self) -> None:
        """The files that the rows of the copy name, which nobody holds a transaction open for."""
        files = bucket_storage() if settings.STORAGE_URL else FolderStorage(self.data / MEDIA)
        by_key = {each.key: each for each in self.stored}
        if isinstance(files, FolderStorage):
            self.steps.grow(sum(_size_of(files, key) for key in by_key))
        with self.steps.step("media") as advance:
            for stored in by_key.values():
                name = f"{MEDIA}/{stored.key[:2].lower()}/{stored.key}"
                # Those of imports whose file never came, and what clients wrote into the column.
                is_added = is_allowed_name(name) and self._add_file(name, files, stored.key, advance)
                if not is_added and stored.is_ours:
                    self.missing.append(f"{stored.model} {stored.row_id}: {stored.key[:100]}")

    def _add_file(self, name: str, files: Storage, key: str, advance: Advance) -> bool:
        """Add a file; False where it has been deleted meanwhile."""
        try:
            pieces = files.open(key)
        except KeyError:
            return False
        is_known_size = isinstance(files, FolderStorage)
        self.archive.add(name, pieces if is_known_size else self._grow_with(pieces), advance)
        return True

    def _grow_with(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.steps.grow(len(piece))
            yield piece

    def add_rest(self, sealed: bytes | None) -> None:
        """What is spooled, and the secrets."""
        for name, text in self.spooled.items():
            if is_allowed_name(f"{SPOOL}/{name}"):
                self.archive.add(f"{SPOOL}/{name}", [text], lambda count: None, is_packed=True)
        if sealed is not None:
            self.archive.add(SECRETS_NAME, [sealed], lambda count: None)

    def finish(self) -> Manifest:
        """End the archive with its list of contents."""
        files, missing = tuple(self.archive.files), tuple(self.missing)
        manifest = Manifest(now(), __version__, connection.vendor, self.migrations, self.counts, files, missing)
        self.archive.finish(manifest)
        return manifest


def create_backup(target: Path, data: Path, sealed: bytes | None, steps: Steps, *, replace: bool) -> BackupResult:
    """Write a backup, whole or not at all. Raises BackupError, and leaves nothing behind then."""
    check_target(target, replace=replace)
    with _beside(target) as folder:
        unfinished = folder / "backup"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            manifest = _write_archive(file, folder, data, sealed, steps)
            file.flush()
            os.fsync(file.fileno())
        # Somebody else may have written there in the meantime.
        check_target(target, replace=replace)
        unfinished.replace(target)
        sync_folder(target.parent)
    return BackupResult(target, target.stat().st_size, manifest)


def _write_archive(file: IO[bytes], folder: Path, data: Path, sealed: bytes | None, steps: Steps) -> Manifest:
    with ArchiveWriter(file) as archive:
        backup = _Backup(data, archive, steps)
        backup.add_database(folder)
        backup.add_media()
        backup.add_rest(sealed)
        return backup.finish()


def check_target(target: Path, *, replace: bool) -> None:
    """Raises BackupError where a backup must not be written there."""
    if target.is_dir():
        raise BackupError(f"{target} is a folder: give the name of a file")
    if target.exists() and not replace:
        raise BackupError(
            f"{target} is there already: give another name, or --force to replace it. Nothing was written"
        )


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder of our own on the disk of the target, which goes with all that is in it, however the work ends."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}") from error
    try:
        yield folder
    except OSError as error:
        # A file that cannot be read names itself.
        what = error.filename if error.filename and not str(error.filename).startswith(str(folder)) else target
        raise BackupError(f"{what}: {error.strerror or error}. No backup was written") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk; Windows opens no folders."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size_of(files: FolderStorage, key: str) -> int:
    with suppress(OSError, KeyError):
        return files.path_of(key).stat().st_size
    return 0


def _read_spooled(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*-*.json")):
        # One that is stored just now goes.
        with suppress(FileNotFoundError):
            yield path.name, path.read_bytes()
