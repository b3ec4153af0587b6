"""Every raw statement of the index is understood by the database, against the tables of the models."""

import pytest
from django.db import connection

from botcafe.retrieval import index, packed_store, search, sql, word_index
from botcafe.retrieval.models import Chunk

pytestmark = pytest.mark.django_db
MODULES = (index, packed_store, search, word_index)
"""The modules that write statements when they are imported."""


def explained(text: str) -> list[tuple[object, ...]]:
    """The database's plan of a statement whose values are all NULL."""
    ready = sql.with_placeholders(text, 2)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {ready}", [None] * ready.count("%s"))
        return list(cursor.fetchall())


@pytest.mark.parametrize("text", sorted(sql.STATEMENTS))
def test_the_database_plans_a_statement(text: str) -> None:
    assert sql.STATEMENTS[text]._meta.db_table in text
    assert explained(text)


def test_the_modules_of_the_index_write_statements() -> None:
    assert len(sql.STATEMENTS) >= 20
    assert {module.__name__ for module in MODULES} >= {"botcafe.retrieval.word_index"}


def test_a_statement_with_an_unknown_column_is_refused() -> None:
    with pytest.raises(KeyError, match="sauce"):
        sql.statement("SELECT {sauce} FROM {table}", Chunk)
