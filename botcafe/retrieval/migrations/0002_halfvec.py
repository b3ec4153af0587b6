"""The table of vectors for pgvector, where the database has the extension or lets us have it; elsewhere nothing.

The shape of the table stands here alone: ``botcafe doctor`` calls ``make`` again where the extension came later.
"""

from typing import Any

from django.db import DatabaseError, migrations, transaction

PARTITIONS = 16
TABLE = (
    "CREATE TABLE retrieval_halfvec (tenant_id bigint NOT NULL, space bigint NOT NULL, kind smallint NOT NULL, "
    "source bigint NOT NULL, chunk bigint NOT NULL, v halfvec NOT NULL, "
    "PRIMARY KEY (tenant_id, space, kind, source, chunk)) PARTITION BY HASH (tenant_id)"
)
# A vector of 1,024 dimensions takes 2,056 bytes, a little too many to stay in its row without being told to.
STORAGE = "ALTER TABLE retrieval_halfvec ALTER COLUMN v SET STORAGE EXTERNAL"
PARTITION = (
    "CREATE TABLE retrieval_halfvec_{n} PARTITION OF retrieval_halfvec "
    "FOR VALUES WITH (MODULUS {of}, REMAINDER {n}) WITH (toast_tuple_target = 8160)"
)


def make(connection: Any) -> bool:
    """Make the table where that is possible: whether it is there."""
    if connection.vendor != "postgresql":
        return False
    if _is(connection, "to_regclass('retrieval_halfvec')"):
        return True
    if not _is(connection, "to_regtype('halfvec')") and not _extended(connection):
        return False
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute(STORAGE)
        for n in range(PARTITIONS):
            cursor.execute(PARTITION.format(n=n, of=PARTITIONS))
    return True


def _is(connection: Any, what: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {what} IS NOT NULL")
        return bool(cursor.fetchone()[0])


def _extended(connection: Any) -> bool:
    """Ask for the extension. A server without it, and a role that may not, are no fault; nor is one before halfvec."""
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except DatabaseError:
        return False
    return _is(connection, "to_regtype('halfvec')")


def forwards(apps: Any, schema_editor: Any) -> None:
    """Make the table."""
    make(schema_editor.connection)


def backwards(apps: Any, schema_editor: Any) -> None:
    """Drop the table; the extension stays. Vectors in it are made anew by ``botcafe doctor``."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TABLE IF EXISTS retrieval_halfvec")


class Migration(migrations.Migration):
    """A table that no model stands for."""

    dependencies = (("retrieval", "0001_first"),)
    operations = (migrations.RunPython(forwards, backwards),)
