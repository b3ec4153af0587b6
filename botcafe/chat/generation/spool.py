"""Ends of replies that the database could not take, kept as files in the data folder until it can.

A file is readable by its owner alone, and gone as soon as the end is stored. Nothing new begins without the database, so
there are never more of them than replies that were running when it went away.
"""

import logging
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson
from django.conf import settings

from botcafe.areas.companions.turns import generations
from botcafe.areas.companions.turns.outcome import Outcome
from botcafe.kit.process_locks import is_known_alive

logger = logging.getLogger("botcafe.chat")
FOLDER = "spool"


@dataclass(frozen=True, slots=True)
class SpooledEnd:
    """How a reply ended, with what is needed to store that in another process."""

    generation_id: int
    user_id: int
    bot_id: int | None
    lease_owner: str
    outcome: Outcome


def _path_of(lease_owner: str, generation_id: int) -> Path:
    return Path(settings.DATA) / FOLDER / f"{lease_owner}-{generation_id}.json"


def write_end(end: SpooledEnd) -> None:
    """Keep an end in its file; a disk without room is logged, and the words stay in memory."""
    path = _path_of(end.lease_owner, end.generation_id)
    unfinished = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(asdict(end)))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        logger.warning("the end of reply %s could not be kept in a file: %s", end.generation_id, error)


def forget_end(lease_owner: str, generation_id: int) -> None:
    """Delete the file of an end that is stored."""
    with suppress(OSError):
        _path_of(lease_owner, generation_id).unlink(missing_ok=True)


def store_spooled_ends() -> int:
    """Store the ends that dead processes of this data folder have left; returns how many.

    A database that is still away raises its error, and the files stay.
    """
    return sum(_store_file(path) for path in list_left_ends())


def list_left_ends() -> list[Path]:
    """The files that dead processes of this data folder have left."""
    files = sorted((Path(settings.DATA) / FOLDER).glob("*-*.json"))
    return [path for path in files if not is_known_alive(settings.DATA, path.name.partition("-")[0])]


def _store_file(path: Path) -> bool:
    end = _read_end(path)
    if end is None:
        return False
    result = generations.finish_generation(end.generation_id, end.outcome, end.lease_owner)
    if result is generations.EndResult.REFUSED:
        generations.count_deleted(end.generation_id, end.user_id, end.bot_id, end.outcome)
    forget_end(end.lease_owner, end.generation_id)
    return True


def _read_end(path: Path) -> SpooledEnd | None:
    """The end that a file holds; one that cannot be read is put aside for people to look at."""
    try:
        kept = orjson.loads(path.read_bytes())
        outcome = Outcome(**kept.pop("outcome"))
        outcome = replace(outcome, hops=tuple(outcome.hops))
        return SpooledEnd(outcome=outcome, **kept)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        logger.error("%s cannot be read, and is put aside: %s", path, error)
        with suppress(OSError):
            path.replace(path.with_suffix(".unread"))
        return None
