"""What the database could not do: it ended a transaction in favour of another, or it is out of reach."""

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
    """Whether a transaction was ended in favour of another: nothing of it was done, so it may be done again."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") in _STATES


def is_unreachable(error: BaseException | None) -> bool:
    """Whether the database does not answer, or nothing can be stored (a full disk): not the fault of what was asked."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
    code = getattr(error.__cause__, "sqlite_errorcode", None) if error else None
    if code is not None and code & 0xFF not in _SQLITE_CODES:
        return False
    return isinstance(error, OperationalError | InterfaceError)


def retry_on_conflict(act: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Do what is one transaction and nothing else, up to four times where it has to give way. Outside of any other."""
    for pause in _PAUSES:
        try:
            return act(*given, **named)
        except OperationalError as error:
            if not is_retryable(error):
                raise
        time.sleep(pause)
    return act(*given, **named)
