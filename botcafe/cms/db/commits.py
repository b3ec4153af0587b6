"""Counts the transactions that a connection has committed.

A request that lost a deadlock may be repeated from its start only while nothing of it is stored: repeated after its
first transaction, it would do that one twice.
"""

from typing import Any

from django.db import connection


def committed_transactions() -> int:
    """How many transactions this thread's connection has committed since it was first asked."""
    present: Any = connection
    if not hasattr(present, "botcafe_commits"):
        _count_commits(present)
    return int(present.botcafe_commits)


def _count_commits(present: Any) -> None:
    # Django calls ``commit`` at the end of the outermost ``atomic`` block alone, and has no signal for it.
    commit = present.commit
    present.botcafe_commits = 0

    def counted_commit() -> None:
        commit()
        present.botcafe_commits += 1

    present.commit = counted_commit
