"""Tells database errors apart: conflicts that may be retried, and a database that cannot be reached."""

import errno
import sqlite3
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError

P = ParamSpec("P")
T = TypeVar("T")
# What PostgreSQL calls a deadlock and a failure to put transactions in an order.
_STATES = {"40P01", "40001"}
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


def is_retryable(error: Exception) -> bool:
    """Whether the transaction lost a conflict with another and was rolled back, so that it may be retried."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") in _STATES


def is_unreachable(error: BaseException | None) -> bool:
    """Whether the database does not answer or cannot store anything (a full disk)."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
    code = getattr(error.__cause__, "sqlite_errorcode", None) if error else None
    # The low byte is the primary code; the rest says which kind of it.
    if code is not None and code & 0xFF not in _SQLITE_CODES:
        return False
    return isinstance(error, OperationalError | InterfaceError)


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
