"""Every migration after an app's first runs forward on a database with data in every table."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from botcafe.cms.schema.collection import all_collections
from tests.people import invite_everyone
from tests.suites.rows import everything, furnish


def first_states() -> list[tuple[str, str]]:
    """Where a new installation of each of our apps stood first, as far as data can go back."""
    loader = MigrationExecutor(connection).loader
    later = {"accounts": "0001_first", "companions": "0002_first"}
    return [(label, name) for label, name in later.items() if (label, name) in loader.graph.nodes]


@pytest.mark.django_db(transaction=True)
def test_migrations_run_back_and_forward_with_rows_in_every_table() -> None:
    """No row is lost or changed, on either database."""
    furnish(invite_everyone())
    apps.get_model("knowledge", "KnowledgeCollection").objects.update(lore_revision=0)  # begun anew
    before = everything()
    assert [of.slug for of in all_collections() if not before[of.model._meta.db_table]] == []
    MigrationExecutor(connection).migrate(first_states())
    there = set(connection.introspection.table_names())
    forward = MigrationExecutor(connection)
    forward.migrate(forward.loader.graph.leaf_nodes())
    after = everything()
    assert {table: after[table] for table in there & before.keys()} == {t: before[t] for t in there & before.keys()}
    assert {table for table in before.keys() - there if after[table]} == set(), "a table that was made anew is empty"
