"""Words of running replies in files of the data folder, so that a killed process takes none with it that were shown.

The database has them within half a second. A file is written before anybody is shown the words, and not synced: the
kernel keeps what a killed process has written. It is readable by its owner alone, and gone with the reply's end.
"""

import logging
import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from botcafe.areas.companions.turns.generations import Lease, interrupt_replies, list_leases
from botcafe.kit.process_locks import is_known_alive

logger = logging.getLogger("botcafe.chat")
FOLDER = "replies"


class ReplyJournal:
    """What one process adds to one message; the file is made with the first word."""

    def __init__(self, lease_owner: str, generation_id: int) -> None:
        self._path = _path_of(lease_owner, generation_id)
        self._descriptor: int | None = None
        self._is_broken = False

    def append(self, words: str) -> None:
        """Add words; where the disk has no room, the database alone has to do."""
        if self._is_broken:
            return
        raw = words.encode(errors="replace")
        try:
            if self._descriptor is None:
                self._descriptor = self._open()
            # After a part that is missing nothing more may follow.
            self._is_broken = os.write(self._descriptor, raw) != len(raw)
        except OSError as error:
            self._is_broken = True
            logger.warning("the words of a reply cannot be kept in a file: %s", error)

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)

    def close(self) -> None:
        """Stop writing."""
        self._is_broken = True
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def forget(self) -> None:
        """Delete the file: the database has the words."""
        is_made = self._descriptor is not None
        self.close()
        if is_made:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


def _path_of(lease_owner: str, generation_id: int) -> Path:
    return Path(settings.DATA) / FOLDER / f"{lease_owner}-{generation_id}.txt"


def interrupt_left_replies(leases: list[Lease]) -> int:
    """Mark replies as interrupted whose processes are dead, with all words that those have left; returns how many."""
    left = {path.name: path for path in list_left_words()}
    words = {
        lease.generation_id: path.read_text(errors="ignore")
        for lease in leases
        if (path := left.get(_path_of(lease.owner, lease.generation_id).name))
    }
    return interrupt_replies(leases, words)


def list_left_words() -> list[Path]:
    """The files that dead processes of this data folder have left; a living one ends its own replies."""
    files = (Path(settings.DATA) / FOLDER).glob("*-*.txt")
    return [path for path in files if not is_known_alive(settings.DATA, path.name.partition("-")[0])]


def forget_stored_words(left: list[Path]) -> None:
    """Delete those of the files that ``list_left_words`` gave whose replies have an end by now."""
    running = {_path_of(lease.owner, lease.generation_id) for lease in list_leases()} if left else set()
    for path in left:
        if path not in running:
            with suppress(OSError):
                path.unlink(missing_ok=True)
