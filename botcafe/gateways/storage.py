"""Where the bytes of files lie: a folder, under keys that cannot be guessed."""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from django.conf import settings

from botcafe.kit.compensation import add_compensation

FOLDER = "media"


class Storage(Protocol):
    """Keeps bytes under keys."""

    def put(self, data: bytes) -> str:
        """Keep bytes; returns their key. Within ``compensate_on_failure`` they go again where that fails."""

    def get(self, key: str) -> bytes:
        """The bytes of a key; KeyError where there are none."""

    def delete(self, key: str) -> None:
        """Forget a key; a missing one is no fault."""


class FolderStorage:
    """Files in a folder, written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Write to a temporary name, then rename."""
        key = secrets.token_urlsafe(24)
        path = self.path_of(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        add_compensation(partial(self.delete, key))
        return key

    def get(self, key: str) -> bytes:
        """Read a file."""
        try:
            return self.path_of(key).read_bytes()
        except OSError as error:
            raise KeyError(key) from error

    def delete(self, key: str) -> None:
        """Remove a file."""
        self.path_of(key).unlink(missing_ok=True)

    def list_paths(self) -> Iterator[Path]:
        """All files that lie there, also unfinished ones."""
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            if folder.is_dir():
                yield from (path for path in sorted(folder.iterdir()) if path.is_file())

    def path_of(self, key: str) -> Path:
        """Where the bytes of a key lie. Raises KeyError for what is no key."""
        if not key or not key.replace("-", "").replace("_", "").isalnum():
            raise KeyError(key)
        return self.root / key[:2].lower() / key


def storage() -> FolderStorage:
    """The storage of this installation."""
    return FolderStorage(settings.DATA / FOLDER)


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
