"""The raw statements that find lorebooks are understood by the database, against the tables of the models."""

import pytest
from django.db import connection

from botcafe.areas.knowledge.lore.book_queries import statements


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["linked", "named", "one"])
def test_the_database_plans_a_statement(name: str) -> None:
    text = getattr(statements(), name)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {text}", [None] * text.count("%s"))
        assert cursor.fetchall()
