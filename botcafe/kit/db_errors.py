"""Tells database errors apart: conflicts that may be retried, and a database that can do nothing just now."""

import errno
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError

from botcafe.kit.telemetry.log_lines import error_of, message_of

logger = logging.getLogger("botcafe.database")
P = ParamSpec("P")
T = TypeVar("T")
# What PostgreSQL calls a deadlock and a failure to put transactions in an order.
_STATES = {"40P01", "40001"}
# PostgreSQL's classes for a lost connection, and for what it has no room for (disk, memory, connections).
_AWAY_CLASSES = {"08", "53"}
# Read-only (after a failover, or with a full disk), shut down or starting, idle too long, disk errors; a lock or a
# statement that took too long.
_AWAY_STATES = {"25006", "57P01", "57P02", "57P03", "57P05", "58000", "58030", "55P03", "57014"}
# What SQLite says of its file; all else it says is about the statement.
_SQLITE_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_PAUSES = (0.05, 0.3, 1.0)


class StorageAwayError(Exception):
    """The bucket of files does not answer, or refuses us: another try may succeed later."""


def is_retryable(error: Exception) -> bool:
    """Whether the transaction lost a conflict with another and was rolled back, so that it may be retried."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") in _STATES


def is_missing_reference(error: Exception) -> bool:
    """Whether a row that another one names was gone when the transaction was to be committed, which was rolled back."""
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    is_foreign_key = getattr(cause, "sqlstate", None) == "23503" or code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
    return isinstance(error, IntegrityError) and is_foreign_key


def is_unreachable(error: BaseException | None) -> bool:
    """Whether the database does not answer, takes nothing just now, or has no room: another try may succeed later."""
    if isinstance(error, StorageAwayError):
        return True
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    # PostgreSQL's own word decides before the class of the error: a read-only database is an InternalError of Django.
    state = str(getattr(error.__cause__, "sqlstate", None) or "")
    if state:
        return state[:2] in _AWAY_CLASSES or state in _AWAY_STATES or is_retryable(error)
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    # The low byte is the primary code; the rest says which kind of it.
    if code is not None and code & 0xFF not in _SQLITE_CODES:
        return False
    return isinstance(error, OperationalError | InterfaceError)


def is_damaged(error: BaseException) -> bool:
    """Whether the file of a SQLite database is none, or its pages or PostgreSQL's do not fit together any more."""
    # The driver's own error too, of what asks a file past Django.
    code = getattr(error.__cause__, "sqlite_errorcode", getattr(error, "sqlite_errorcode", None))
    is_broken_file = code is not None and code & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
    return is_broken_file or getattr(error.__cause__, "sqlstate", None) in {"XX001", "XX002"}


class OutageLog:
    """Writes one line of an outage, and one a while for as long as it lasts, whoever runs into it."""

    QUIET_SECONDS = 30.0

    def __init__(self, what: str) -> None:
        self._what = what
        self.reported = 0
        self._lock = threading.Lock()
        self._written_at = -self.QUIET_SECONDS
        self._unwritten = 0

    def report(self, what: str, error: BaseException) -> None:
        """Say what could not be done, unless an outage was told of just now."""
        with self._lock:
            self.reported += 1
            moment = time.monotonic()
            if moment - self._written_at < self.QUIET_SECONDS:
                self._unwritten += 1
                return
            more = f" ({self._unwritten} more since the last such line)" if self._unwritten else ""
            self._written_at, self._unwritten = moment, 0
        reason = " ".join(str(error).split()) or type(error).__name__
        logger.warning("%s (%s): %s%s", self._what, what, reason, more)


OUTAGES = OutageLog("the database is away")
REDIS_OUTAGES = OutageLog("Redis is away")
STORAGE_OUTAGES = OutageLog("the storage of files is away")
DISK_OUTAGES = OutageLog("the disk takes nothing")


def report_outage(what: str, error: BaseException) -> None:
    """Say what could not be done, in the lines of whichever is away."""
    if isinstance(error, StorageAwayError):
        STORAGE_OUTAGES.report(what, error)
    else:
        (DISK_OUTAGES if isinstance(error, OSError) else OUTAGES).report(what, error)


class OutageFilter(logging.Filter):
    """Keeps tracebacks of an outage out of the log, whoever wrote them: the outage itself is a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass what tells of anything else."""
        error = error_of(record)
        if not is_unreachable(error) or error is None:
            return True
        report_outage(message_of(record), error)
        return False


def retry_on_conflict(act: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Call a function that is exactly one transaction, up to four times on conflicts. Not inside another transaction."""
    for pause in _PAUSES:
        try:
            return act(*given, **named)
        except OperationalError as error:
            if not is_retryable(error):
                raise
        time.sleep(pause)
    return act(*given, **named)
