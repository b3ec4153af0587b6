"""Counts the transactions that a connection has committed, also those of a single statement.

A request that lost a deadlock may be repeated from its start only while nothing of it is stored: repeated after its
first transaction, it would do that one twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.utils import CursorWrapper

from botcafe.cms.db.thread_connection import thread_connection

_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE")


def committed_transactions() -> int:
    """How many transactions this thread's connection has committed since it was first asked."""
    present = thread_connection()
    if not hasattr(present, "botcafe_commits"):
        _count_commits(present)
    return int(present.botcafe_commits)


@contextmanager
def uncounted_commits() -> Iterator[None]:
    """What is stored meanwhile is no part of the request: it may be repeated from its start all the same."""
    before = committed_transactions()
    try:
        yield
    finally:
        present = thread_connection()
        if not present.in_atomic_block:
            present.botcafe_commits = before


def _count_commits(present: Any) -> None:
    # Django calls ``commit`` at the end of the outermost ``atomic`` block alone, and has no signal for it.
    commit = present.commit
    present.botcafe_commits = 0

    def counted_commit() -> None:
        commit()
        present.botcafe_commits += 1

    present.commit = counted_commit
    present.make_cursor = lambda cursor: _CountingCursor(cursor, present)


def count_statement(present: Any, sql: str) -> None:
    """Count a statement that ran outside any transaction, and so was one of its own, if it stores anything."""
    if not present.in_atomic_block and sql.startswith(_WRITES) and hasattr(present, "botcafe_commits"):
        present.botcafe_commits += 1


class _CountingCursor(CursorWrapper):
    """Django's cursor, which counts what is stored without a ``commit``."""

    def execute(self, sql: Any, params: Any = None) -> Any:
        answer = super().execute(sql, params)
        count_statement(self.db, str(sql))
        return answer

    def executemany(self, sql: Any, param_list: Any) -> Any:
        answer = super().executemany(sql, param_list)
        count_statement(self.db, str(sql))
        return answer
