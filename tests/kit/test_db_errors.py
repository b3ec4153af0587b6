"""What the errors of a database mean for those who asked."""

import errno
import sqlite3

import pytest
from django.db import DataError, IntegrityError, InterfaceError, InternalError, OperationalError, ProgrammingError

from botcafe.kit import db_errors
from botcafe.kit.db_errors import OutageLog, is_retryable, is_unreachable, retry_on_conflict


class DriverError(Exception):
    """An error of a driver, with the code that it carries."""

    def __init__(self, *, sqlstate: str = "", sqlite_errorcode: int | None = None) -> None:
        super().__init__()
        self.sqlstate = sqlstate
        if sqlite_errorcode is not None:
            self.sqlite_errorcode = sqlite_errorcode


def raised(kind: type[Exception] = OperationalError, **codes: object) -> Exception:
    error = kind("the database says no")
    error.__cause__ = DriverError(**codes)
    return error


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (raised(sqlstate="40P01"), True),
        (raised(sqlstate="40001"), True),
        (raised(sqlstate="55P03"), False),
        (raised(sqlstate="23505"), False),
        (raised(sqlstate=""), False),
        (raised(IntegrityError, sqlstate="40001"), False),
        (raised(ProgrammingError, sqlstate="40P01"), False),
        (OperationalError("no cause"), False),
        (ValueError("40001"), False),
    ],
)
def test_only_deadlocks_and_conflicts_of_order_are_worth_another_try(error: Exception, answer: bool) -> None:
    assert is_retryable(error) is answer


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (raised(sqlite_errorcode=sqlite3.SQLITE_BUSY), True),
        (raised(sqlite_errorcode=sqlite3.SQLITE_LOCKED), True),
        (raised(sqlite_errorcode=sqlite3.SQLITE_READONLY), True),
        (raised(sqlite_errorcode=sqlite3.SQLITE_IOERR), True),
        (raised(sqlite_errorcode=sqlite3.SQLITE_FULL), True),
        (raised(sqlite_errorcode=sqlite3.SQLITE_CANTOPEN), True),
        (raised(sqlite_errorcode=sqlite3.SQLITE_BUSY_SNAPSHOT), True),
        (raised(sqlite_errorcode=sqlite3.SQLITE_IOERR_WRITE), True),
        (raised(sqlite_errorcode=sqlite3.SQLITE_ERROR), False),
        (raised(sqlite_errorcode=sqlite3.SQLITE_CONSTRAINT), False),
        (raised(sqlite_errorcode=sqlite3.SQLITE_MISMATCH), False),
        (raised(sqlite_errorcode=sqlite3.SQLITE_TOOBIG), False),
        (raised(IntegrityError, sqlite_errorcode=sqlite3.SQLITE_BUSY), False),
        (raised(InternalError, sqlstate="25006"), True),
        (raised(sqlstate="57P01"), True),
        (raised(sqlstate="57P03"), True),
        (raised(sqlstate="08006"), True),
        (raised(sqlstate="53100"), True),
        (raised(sqlstate="53300"), True),
        (raised(sqlstate="40P01"), True),
        (raised(InternalError, sqlstate="25P02"), False),
        (raised(sqlstate="42601"), False),
        (raised(IntegrityError, sqlstate="23505"), False),
        (OperationalError("connection refused"), True),
        (InterfaceError("connection already closed"), True),
        (IntegrityError("unique"), False),
        (DataError("too long"), False),
        (ProgrammingError("no such table"), False),
        (OSError(errno.ENOSPC, "no space"), True),
        (OSError(errno.EDQUOT, "quota"), True),
        (OSError(errno.EROFS, "read-only"), True),
        (OSError(errno.ENOENT, "no file"), False),
        (OSError(errno.EACCES, "no right"), False),
        (FileNotFoundError(), False),
        (ValueError("x"), False),
        (None, False),
    ],
    ids=lambda value: f"{type(value).__name__}" if isinstance(value, Exception) else str(value),
)
def test_a_database_out_of_reach_is_told_from_a_faulty_statement(error: Exception | None, answer: bool) -> None:
    assert is_unreachable(error) is answer


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db_errors, "_PAUSES", (0.0, 0.0, 0.0))


class Transaction:
    """Fails with the errors that it is given, in turn, and then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.runs = 0

    def run(self, number: int, *, doubled: bool = False) -> int:
        self.runs += 1
        if self.errors:
            raise self.errors.pop(0)
        return number * 2 if doubled else number


@pytest.mark.usefixtures("without_pauses")
class TestRetryOnConflict:
    """A transaction that had to give way is done again."""

    @pytest.mark.parametrize("conflicts", [0, 1, 2, 3])
    def test_up_to_three_conflicts_are_gone_through(self, conflicts: int) -> None:
        transaction = Transaction(*(raised(sqlstate="40001") for _ in range(conflicts)))
        assert retry_on_conflict(transaction.run, 21, doubled=True) == 42
        assert transaction.runs == conflicts + 1

    def test_the_fourth_conflict_is_given_to_the_caller(self) -> None:
        transaction = Transaction(*(raised(sqlstate="40P01") for _ in range(4)))
        with pytest.raises(OperationalError):
            retry_on_conflict(transaction.run, 1)
        assert transaction.runs == 4

    @pytest.mark.parametrize(
        "error", [raised(sqlstate="23505"), OperationalError("gone"), IntegrityError("unique"), ValueError("x")]
    )
    def test_other_errors_are_not_tried_again(self, error: Exception) -> None:
        transaction = Transaction(error)
        with pytest.raises(type(error)):
            retry_on_conflict(transaction.run, 1)
        assert transaction.runs == 1


def test_an_outage_is_told_of_once_and_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    log = OutageLog("the database is away")
    with caplog.at_level("WARNING", "botcafe.database"):
        for number in range(50):
            log.report(f"request {number}", OperationalError("server closed\n\tthe connection"))
    assert [record.getMessage() for record in caplog.records] == [
        "the database is away (request 0): server closed the connection"
    ]
    log._written_at -= log.QUIET_SECONDS
    log.report("request 50", OperationalError(""))
    assert "OperationalError (49 more since the last such line)" in caplog.records[-1].getMessage()
