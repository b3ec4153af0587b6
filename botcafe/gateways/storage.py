"""Where the bytes of files lie: a folder, under keys that cannot be guessed."""

import os
import secrets
from functools import partial
from pathlib import Path
from typing import Protocol

from django.conf import settings

from botcafe.kit.compensation import add_compensation


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
        path = self._path(key)
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
            return self._path(key).read_bytes()
        except OSError as error:
            raise KeyError(key) from error

    def delete(self, key: str) -> None:
        """Remove a file."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not key or not key.replace("-", "").replace("_", "").isalnum():
            raise KeyError(key)
        return self.root / key[:2].lower() / key


def storage() -> Storage:
    """The storage of this installation."""
    return FolderStorage(settings.DATA / "media")
