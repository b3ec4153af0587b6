"""Plain SQL without parameters: asked of the database in use, or of a copy."""

from collections.abc import Callable, Sequence

from django.db import connection

# Gives the rows of a statement.
Query = Callable[[str], Sequence[tuple[object, ...]]]


def ask_database(statement: str) -> Sequence[tuple[object, ...]]:
    """Ask the database in use."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows


def list_migrations(query: Query) -> tuple[str, ...]:
    """What was applied to a database, as ``area.name``, in its order."""
    return tuple(f"{app}.{name}" for app, name in query("SELECT app, name FROM django_migrations ORDER BY id"))
