"""The file of a backup: a zip whose last bytes are the SHA-256 of all before them, so that no flipped bit goes unseen."""

import hashlib
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from botcafe.upkeep.backup.errors import BackupError
from botcafe.upkeep.backup.manifest import (
    MANIFEST_NAME,
    MAX_MANIFEST_BYTES,
    SECRETS_NAME,
    ArchivedFile,
    Manifest,
    is_allowed_name,
)
from botcafe.upkeep.steps import Advance, Steps

CHUNK_BYTES = 1 << 20
_LABEL = b"sha256:"
SEAL_BYTES = len(_LABEL) + 64
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, a megabyte at a time."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


class _HashedFile:
    """Writes through to a file, and hashes all but the last bytes, which the seal takes the place of."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._hash, self._tail = file, hashlib.sha256(), b""

    def write(self, data: bytes, /) -> int:
        self._file.write(data)
        kept = self._tail + data
        cut = max(0, len(kept) - SEAL_BYTES)
        self._hash.update(kept[:cut])
        self._tail = kept[cut:]
        return len(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Whoever opened the file closes it."""

    def seal(self) -> None:
        """Write the hash in place of the last bytes."""
        self._file.seek(-SEAL_BYTES, 2)
        self._file.write(_LABEL + self._hash.hexdigest().encode())


class ArchiveWriter:
    """Writes a backup; the list of contents comes last, when all hashes are known."""

    def __init__(self, file: IO[bytes]) -> None:
        self._out = _HashedFile(file)
        # Not seekable for the zip, as what is hashed must not be changed afterwards.
        self._zip = zipfile.ZipFile(self._out, "w", compresslevel=1)
        self.files: list[ArchivedFile] = []

    def add(self, name: str, chunks: Iterable[bytes], advance: Advance, *, is_packed: bool = False) -> ArchivedFile:
        """Add a file from its bytes."""
        size, seen = 0, hashlib.sha256()
        self._zip.compression = zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED
        with self._zip.open(name, "w", force_zip64=True) as target:
            for chunk in chunks:
                target.write(chunk)
                seen.update(chunk)
                size += len(chunk)
                advance(len(chunk))
        self.files.append(ArchivedFile(name, size, seen.hexdigest()))
        return self.files[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # Else it would try to write its end when it is collected.
            self._zip.fp = None

    def finish(self, manifest: Manifest) -> None:
        """Add the list of contents, and seal the file."""
        self._zip.compression = zipfile.ZIP_DEFLATED
        with self._zip.open(MANIFEST_NAME, "w") as target:
            target.write(manifest.as_json())
        self._zip.comment = b" " * SEAL_BYTES
        self._zip.close()
        self._out.seal()


class ArchiveReader:
    """A backup whose seal, names and list of contents were looked at; its files are checked as they are read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        self._check_members()
        self.manifest = Manifest.read(self._read_manifest())
        self._compare_names()

    def _check_members(self) -> None:
        for info in self._zip.infolist():
            mode = info.external_attr >> 16
            if not is_allowed_name(info.filename) and info.filename != MANIFEST_NAME:
                raise BackupError(f"it has a file of a name that no backup has: {info.filename[:100]!r}")
            if (mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)) or info.flag_bits & 1:
                raise BackupError(f"{info.filename} in it is no plain file")

    def _read_manifest(self) -> bytes:
        try:
            with self._zip.open(MANIFEST_NAME) as file:
                text = file.read(MAX_MANIFEST_BYTES + 1)
        except KeyError:
            raise BackupError("it has no list of contents: it is no backup of BotCafé") from None
        if len(text) > MAX_MANIFEST_BYTES:
            raise BackupError("its list of contents is too long")
        return text

    def _compare_names(self) -> None:
        there = Counter(info.filename for info in self._zip.infolist())
        wanted = Counter([MANIFEST_NAME, *(file.name for file in self.manifest.files)])
        if missing := wanted - there:
            raise BackupError(f"{_some(missing)} is missing in it")
        if more := there - wanted:
            raise BackupError(f"it has more than it lists: {_some(more)}")

    def copy(self, file: ArchivedFile, target: IO[bytes] | None, advance: Advance) -> None:
        """Read a file to its end, into ``target`` where there is one. Raises BackupError where it is not as listed."""
        seen, left = hashlib.sha256(), file.size
        with self._zip.open(file.name) as source:
            while chunk := source.read(min(CHUNK_BYTES, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise BackupError(f"{file.name} in it is larger than listed")
                seen.update(chunk)
                if target is not None:
                    with writing(Path(target.name)):
                        target.write(chunk)
                advance(len(chunk))
        if left or seen.hexdigest() != file.sha256:
            raise BackupError(f"{file.name} in it is damaged")

    def read_secrets(self) -> str:
        """The sealed secrets. Raises BackupError where they are not as listed."""
        file = next(each for each in self.manifest.files if each.name == SECRETS_NAME)
        if file.size > CHUNK_BYTES:
            raise BackupError(f"{SECRETS_NAME} in it is too long")
        self.copy(file, None, lambda count: None)
        return self._zip.read(SECRETS_NAME).decode("ascii", "replace")


class DiskError(Exception):
    """What is read from a backup, or made of it, could not be written: no fault of the backup."""


@contextmanager
def writing(what: Path) -> Iterator[None]:
    """Tells a disk that takes nothing apart from a backup that cannot be read."""
    try:
        yield
    except OSError as error:
        raise DiskError(f"{what} cannot be written: {error.strerror or error}. Nothing was changed.") from error


def _some(names: Iterable[str]) -> str:
    few = sorted(names)
    return ", ".join(few[:3]) + (f" and {len(few) - 3} more" if len(few) > 3 else "")


@contextmanager
def open_archive(path: Path, steps: Steps) -> Iterator[ArchiveReader]:
    """Open a backup; the whole file is read against its seal first. Raises BackupError, in words that go on a path."""
    try:
        with path.open("rb") as file:
            with steps.step("file") as advance:
                _check_seal(file, advance)
            with zipfile.ZipFile(file) as archive:
                yield ArchiveReader(archive)
    except BackupError as error:
        raise BackupError(f"{path}: {error}. Nothing was changed.") from None
    except UNREADABLE as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BackupError(f"{path} cannot be read: {why}. Nothing was changed.") from error


def _check_seal(file: IO[bytes], advance: Advance) -> None:
    size = file.seek(0, 2)
    left = size - SEAL_BYTES
    file.seek(max(0, left))
    told = file.read()
    if left <= 0 or not told.startswith(_LABEL):
        raise BackupError("it is no backup of BotCafé, or its end is cut off")
    file.seek(0)
    seen = hashlib.sha256()
    while left and (chunk := file.read(min(CHUNK_BYTES, left))):
        seen.update(chunk)
        left -= len(chunk)
        advance(len(chunk))
    if told != _LABEL + seen.hexdigest().encode():
        raise BackupError("it is damaged: its bytes are not those that were written")
