"""Marks of living processes: a file in the data folder that each holds locked until it ends, however it ends.

The kernel frees the lock of a process that dies, so nobody is taken for alive by a number that another process has now,
and none for dead that is only slow. Where files cannot be locked (Windows), nothing is known of anybody.
"""

import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

FOLDER = "run"
# The mark of a dead process is kept for a day, so that whoever comes later learns of its death.
KEPT_SECONDS = 86_400
# Of the random name of a process, unlike those of locks.
MARK_CHARACTERS = 32
# Open for as long as this process lives.
_HELD: dict[Path, int] = {}
# By number: a forked process is another one.
_OWN_MARKS: dict[int, str] = {}


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


def own_mark(data: Path) -> str:
    """The name of the mark that this process holds, taken when it is first asked for."""
    pid = os.getpid()
    if pid not in _OWN_MARKS:
        _OWN_MARKS[pid] = uuid.uuid4().hex
        mark_alive(data, _OWN_MARKS[pid])
    return _OWN_MARKS[pid]


def is_known_dead(data: Path, name: str) -> bool:
    """Whether a process that once held the mark has ended; False also where no such mark is known here."""
    path = data / FOLDER / f"{name}.lock"
    return bool(name) and name.isalnum() and path not in _HELD and _is_unlocked(path)


def share_lock(data: Path, name: str) -> bool:
    """Hold a lock together with others until this process ends; False where somebody holds it alone."""
    path = data / FOLDER / f"{name}.lock"
    return path in _HELD or _hold(path, is_shared=True)


def take_slot(data: Path, name: str) -> int:
    """Hold the lock ``name-1``, or the next one that no living process holds, until this process ends: its number."""
    number = 1
    while (path := data / FOLDER / f"{name}-{number}.lock") in _HELD or not _hold(path, is_shared=False):
        number += 1
    return number


def _hold(path: Path, *, is_shared: bool) -> bool:
    """Hold a lock until this process ends; False where somebody else's is in the way."""
    if sys.platform == "win32":
        return True
    descriptor = _lock_file(path, is_shared=is_shared)
    if descriptor is None:
        return False
    _HELD[path] = descriptor
    return True


@contextmanager
def lock_alone(data: Path, name: str) -> Iterator[bool]:
    """Hold a lock alone for a while; gives False, and holds nothing, where others hold it."""
    if sys.platform == "win32":
        yield True
        return
    path = data / FOLDER / f"{name}.lock"
    is_new_folder, is_new_lock = not data.exists(), not path.exists()
    descriptor = _lock_file(path, is_shared=False)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            if is_new_lock:
                _leave_as_found(path, is_new_folder=is_new_folder)
            os.close(descriptor)


def _leave_as_found(path: Path, *, is_new_folder: bool) -> None:
    """Take a lock of our own away again where nothing came of what it was for: with it, an empty folder is no new one."""
    data = path.parent.parent
    if list(data.iterdir()) != [path.parent] or list(path.parent.iterdir()) != [path]:
        return
    path.unlink()
    path.parent.rmdir()
    if is_new_folder:
        data.rmdir()


def _lock_file(path: Path, *, is_shared: bool) -> int | None:
    """An open file that is locked; None where somebody else's lock is in the way."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        # One that was taken away meanwhile is none: another process would hold the file that is made anew.
        if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
        os.close(descriptor)


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
            is_mark = len(path.stem) == MARK_CHARACTERS
            is_old = path.stat().st_mtime < time.time() - KEPT_SECONDS
            if is_mark and is_old and path not in _HELD and _is_unlocked(path):
                path.unlink()
