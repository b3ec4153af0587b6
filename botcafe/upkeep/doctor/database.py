"""The database itself: pages of SQLite that do not fit together, and rows that name rows which are gone."""

from django.db import connection

from botcafe.upkeep.doctor.findings import Findings

DAMAGED = "damaged places of the database"
ADVICE = "Go back to a backup that `botcafe check` finds whole."


def check_database(found: Findings) -> None:
    """PostgreSQL sees to both by itself."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(5)")
        for (verdict,) in cursor.fetchall():
            if verdict != "ok":
                found.add(DAMAGED, str(verdict), advice=ADVICE)
        cursor.execute("PRAGMA foreign_key_check")
        for table, row, other, _ in cursor:
            found.add("rows that name a row which is gone", f"{table} {row}: {other}", advice=ADVICE)
