"""Marks of living processes: a file in the data folder that each holds locked until it ends, however it ends.

The kernel frees the lock of a process that dies, so nobody is taken for alive by a number that another process has now,
and none for dead that is only slow. Where files cannot be locked (Windows), nothing is known of anybody.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

FOLDER = "run"
# The mark of a dead process is kept for a day, so that whoever comes later learns of its death.
KEPT_SECONDS = 86_400
# Open for as long as this process lives.
_HELD: dict[Path, int] = {}


def mark_alive(data: Path, name: str) -> None:
    """Hold the mark ``name`` until this process ends."""
    path = data / FOLDER / f"{name}.lock"
    if sys.platform == "win32" or path in _HELD:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old_marks(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    _HELD[path] = descriptor


def is_known_dead(data: Path, name: str) -> bool:
    """Whether a process that once held the mark has ended; False also where no such mark is known here."""
    path = data / FOLDER / f"{name}.lock"
    return bool(name) and name.isalnum() and path not in _HELD and _is_unlocked(path)


def is_known_alive(data: Path, name: str) -> bool:
    """Whether a process holds the mark now; False also where no such mark is known here."""
    path = data / FOLDER / f"{name}.lock"
    return path in _HELD or (path.exists() and not _is_unlocked(path))


def _is_unlocked(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        # Shared: two that ask at the same time do not take each other for the owner.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _forget_old_marks(folder: Path) -> None:
    for path in folder.glob("*.lock"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - KEPT_SECONDS and path not in _HELD and _is_unlocked(path):
                path.unlink()
