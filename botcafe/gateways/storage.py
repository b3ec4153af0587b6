"""Where the bytes of files lie, under keys that cannot be guessed: in a folder, or in a bucket (``s3_storage``)."""

import io
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from botcafe.gateways.storage_url import parse_storage_url
from botcafe.kit.compensation import add_compensation

FOLDER = "media"
# Files are read in pieces of this size.
CHUNK_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the storage lists it."""

    key: str
    size: int
    # When it was written, in seconds since 1970.
    written: float


def check_key(key: str) -> str:
    """The key; KeyError for what is none, such as a path."""
    if not key or not key.replace("-", "").replace("_", "").isalnum():
        raise KeyError(key)
    return key


class Storage(Protocol):
    """Keeps bytes under keys. Every method may raise StorageAwayError, upon which nothing has changed."""

    def put(self, data: bytes) -> str:
        """Keep bytes; returns their key. Within ``compensate_on_failure`` they go again where that fails."""

    def put_file(self, file: BinaryIO) -> str:
        """Keep what a file holds from its present place on, whatever its size; returns the key."""

    def write(self, key: str, data: bytes) -> None:
        """Keep bytes under a key of another storage."""

    def get(self, key: str) -> bytes:
        """The bytes of a key; KeyError where there are none."""

    def open(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start`` up to ``end`` in pieces; KeyError at once where there are none."""

    def delete(self, key: str) -> None:
        """Forget a key; a missing one is no fault."""

    def expect_deletion(self) -> None:
        """Called before a transaction after which something is deleted: the work may belong on another lane."""

    def has(self, key: str) -> bool:
        """Whether there are bytes under a key."""

    def list_files(self) -> Iterator[StoredFile]:
        """All files."""


class FolderStorage:
    """Files in a folder, written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Write to a temporary name, then rename."""
        key = secrets.token_urlsafe(24)
        self.write(key, data)
        add_compensation(partial(self.delete, key))
        return key

    def put_file(self, file: BinaryIO) -> str:
        """Copy a file piece by piece, then rename."""
        key = secrets.token_urlsafe(24)
        self._write(key, file)
        return key

    def write(self, key: str, data: bytes) -> None:
        """Write a file whole."""
        self._write(key, io.BytesIO(data))

    def _write(self, key: str, source: BinaryIO) -> None:
        path = self.path_of(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may write the same small copy of a picture at once.
        part = path.with_suffix(f".{secrets.token_hex(4)}.part")
        with part.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK_BYTES)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)

    def get(self, key: str) -> bytes:
        """Read a file."""
        try:
            return self.path_of(key).read_bytes()
        except OSError as error:
            raise KeyError(key) from error

    def open(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Open a file, and read it piece by piece."""
        try:
            file = self.path_of(key).open("rb")
        except FileNotFoundError as error:
            raise KeyError(key) from error
        return _read_pieces(file, start, end)

    def delete(self, key: str) -> None:
        """Remove a file."""
        self.path_of(key).unlink(missing_ok=True)

    def list_paths(self) -> Iterator[Path]:
        """All files that lie there, also unfinished ones and those that somebody else has put there."""
        for folder, below, names in os.walk(self.root):
            below.sort()
            yield from (Path(folder, name) for name in sorted(names))

    def is_in_place(self, path: Path) -> bool:
        """Whether a file lies where the bytes of its key are looked for."""
        try:
            return path == self.path_of(path.name)
        except KeyError:
            return False

    def path_of(self, key: str) -> Path:
        """Where the bytes of a key lie. Raises KeyError for what is no key."""
        return self.root / check_key(key)[:2].lower() / key

    def expect_deletion(self) -> None:
        """A file is deleted in no time."""

    def has(self, key: str) -> bool:
        """Look for a file."""
        try:
            return self.path_of(key).is_file()
        except KeyError:
            return False

    def list_files(self) -> Iterator[StoredFile]:
        """All whole files."""
        for path in self.list_paths():
            if self.is_in_place(path):
                told = path.stat()
                yield StoredFile(path.name, told.st_size, told.st_mtime)


def _read_pieces(file: BinaryIO, start: int, end: int | None) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = None if end is None else end - start
        while left is None or left > 0:
            piece = file.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece


def media_folder() -> FolderStorage:
    """The files of the data folder."""
    return FolderStorage(settings.DATA / FOLDER)


def storage() -> Storage:
    """The storage of this installation."""
    return bucket_storage() if settings.STORAGE_URL else media_folder()


def bucket_storage() -> Storage:
    """The bucket of the setting."""
    # Its library is needed by those alone who have a bucket.
    from botcafe.gateways.s3_storage import S3Storage

    return S3Storage(parse_storage_url(settings.STORAGE_URL))


def _is_always_ours(*values: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """Where rows name files: a model as ``area.Model``, and its column of keys.

    Where clients write that column too, ``is_ours`` says of a key and the values ``beside`` it whether we stored a file.
    """

    model: str
    column: str
    beside: tuple[str, ...] = ()
    is_ours: Callable[..., bool] = _is_always_ours


_COLUMNS: list[StoredColumn] = []


def declare_stored(column: StoredColumn) -> None:
    """Say that rows of a model name files; every area that stores files declares its columns beside the table."""
    if all(each.model != column.model for each in _COLUMNS):
        _COLUMNS.append(column)


def stored_columns() -> list[StoredColumn]:
    """All columns that were declared."""
    return list(_COLUMNS)
